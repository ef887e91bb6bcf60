"""RenderedGlyphs: a thousand characters drawn in color, a data set with as many classes as one likes."""
from __future__ import annotations

import importlib
import os
import warnings
import zipfile
from pathlib import Path
from typing import Any, Callable

import numpy as np
from tqdm import tqdm

from ..autograd.tensor import wrap
from ..errors import RangeError
from ..files.folders import cache_folder
from ..files.writing import UnwritableError, atomic_write
from .images import ImageDataset

_VERSION = 1        # counts changes of the drawing; a file drawn otherwise is not used

# Characters that DejaVu Sans has upright, bold and slanted, and of which no two look alike when they
# are made equally large: digits and Latin letters first, then by code point.
CHARACTERS = (
    "0123456789ABCDEFGHIJKLMNPQRSTUVWXYZabdefghijkmnqrty#$%&*+,./:;<=>?@o~¢£¤§©¬±¶¿Æ×Þßæþ"
    "ŁŒƁƄƆƇƊƑƕƘƛƜƝƢƣƤƦƧƩƪƫƳƴƸƺƾǁǶȜȡȣȤȴȵȸȹȻȾȿɀɁɂɆɊɍɕɖɗɘɚɝɠɣɧɬɮɯɰɱɲɷɸɹɻɽɿʁʂʆʇʍʐʑʓʕʞʤʦʧʨʩʪʫʬ"
    "ʭʮʯͰͲͳͶΓΞΦΨαζμνπςψϏϗϞϟϠϡϢϦϮ϶ϺϻϼЂЉЋЏДЖЛЦЧЫЮЯщъьђћѢѣѤѦѨѪѬѮѰѴѸѺѼ҂ҊҍҐҔҗҘҚҞҟҠңҤҦҨҲҴҶҹҼҾӆӇ"
    "ӋӍӺԂԄԅԆԎԒԔԖԗԘԠԲԳԴԵԸԹԺԻԾԿՀՁՃՄՆՇՊՌՎՐՒՖ՛՜՝՞՟թխնչֆກຂຄງຊຍຕຖທນຜຝພມຢຣຫຯະາຽແໃໄႠႡႢႥႦႧႨႩႪႫႮႰႵႼ"
    "ႾႿჁჃჄჅბდკლმორსუფქღჭჯჰჲჴ჻ᐃᐄᐅᐆᐊᐋᐌᐍᐏᐒᐓᐔᐕᐗᐘᐙᐚᐡᐥᐦᐫᐬᐮᐳᐴᐼᐾᐿᑀᑁᑈᑉᑍᑑᑖᑗᑙᑛᑜᑝᑞᑟᑠᑡᑢᑣᑤᑨᑩᑬᑰᑴᑵᑷᑸᑹᑺᑻᑼᑽ"
    "ᑿᒀᒁᒌᒍᒒᒓᒔᒕᒘᒙᒜᒝᒠᒡᒣᒤᒩᒰᒱᒲᒴᒸᒹᓀᓁᓂᓃᓄᓅᓇᓈᓉᓊᓋᓍᓓᓔᓕᓖᓗᓘᓚᓛᓜᓝᓞᓟᓠᓣᓤᓥᓦᓧᓨᓩᓬᓭᓮᓯᓰᓵᓶᓷᓸᓹᓺᓻᔂᔃᔄᔐᔒᔓᔔᔕᔖᔗᔘᔙᔚᔛᔜᔝ"
    "ᔞᔟᔠᔡᔢᔣᔤᔦᔨᔩᔪᔫᔭᔮᔯᔰᔱᔲᔳᔴᔵᔶᔷᔸᔹᔺᔻᔼᕅᕉᕋᕌᕍᕎᕏᕒᕔᕗᕝᕢᕪᕵᕾᕿᖁᖂᖃᖄᖅᖌᖎᖏᖒᖓᖔᖕᖖᖠᖢᖣᖤᖥᖧᖩᖪᖭᙇᙯᙰᙱᙳᙴᙵᴒᴖᴗᴚᴝᴞᴟẞỺ‣‰"
    "‸※⁁⁃⁄⁊⁋⁌⁍⁏⁐⁒⁖⁘⁙⁛⁝₠₢₧₪€₯₰₲₹₺℄℔℗℘℞℟℣℥℮⅋↓↖↗↘↙↜↝↨↫↬↯↰↱↲↳↵↶↷↸↹↺↻↼↽↿⇀⇁⇃⇄⇅⇇⇖⇗⇘⇙⇦⇧⇨⇩⇯⇱⇲⇵⇶⇿∅∈"
    "∋∓∔∖√∛∝∟∠∡∱∴∵∷∸∹∺∽∿≅≎≏≐≗≛≣≤≥≦≧≪≫≬≶≷≼≽⊂⊆⊇⊏⊐⊓⊔⊗⊞⊠⊢⊣⊥⊦⊧⊨⊩⊪⊰⊱⊴⊵⊹⊽⊿⋄⋆⋈⋋⋌⋎⋏⋒⋓⋔⋚⋛⋜⋝⋟⋤⋨⋩⋯⋰⋱⋵"
    "⋶⋸⋹⋺⋽⌁⌂⌄⌅⌆⌌⌍⌏⌐⌑⌘⌙⌤⌥⌦⌧⌨⌫⎇⎛⎞⎠⎤⎨⎬⏎⏏⏣⏥⏨□▭▲▷▻▽◀◁◅◇◊◌◑◒◓◔◜◝◞◟◢◣◤◥◧◬◭◮◸◹◺◿☀☁☂☃☄☆☇☈☉☊☋☍☏☖☘☽☾"
    "☿♀♂♃♄♆♔♖♘♡♤♧♨♩♪♫♬♭♮♳♾⚆⚋⚌⚐⚑⚒⚖⚗⚘⚚⚣⚤⚥⚦⚩⚴⚵⚶⚸⛀⛁✁✂✃✇✌✍✎✐✗✘✧❝❞❣❤❥❦❧➀➂➛➢➩➪➫➬➭➮➴➶➺⟰⟱⟲⟳⤊⥀⧏⧐⧕⧺⨒"
    "⨛⩫⩽⩾⪃⪄⪉⪊⪕⪖⪙⪚⪟⪠⪮⬎⬏⬐⬑⬖⬗⬙⬠⭔ⱪⱮⱱⱲⱴⴀⴄⴆⴈⴋⴌⴎⴏⴐⴒⴓⴕⴘⴜⴟⴠⴡⴢⴤ⸟ꓘ꓾ꙌꙐꙔꙢꙤꙧꚔꜢꜨꜴꜸꜹꜼꜽꝆꝋꝎꝓꞂꞐꞥꞪꟻꟽꟿ"
)


class RenderedGlyphs(ImageDataset):
    """Characters from up to 1000 classes, in color: data (N, 32, 32, 3), of the shape of CIFAR-10's.

    Letters of many scripts, arrows, mathematical and other signs, in eight fonts that matplotlib
    brings along, shifted, turned, slanted and stretched, one color on another, with noise. The
    pictures are the same on every run. They are drawn once, some thousands in a second, and kept in
    the cache. The first ten classes are the digits.

    Args:
        root: the folder to keep the pictures in; the user's cache folder when None.
        train: the training images, or the test images, which are others.
        transform, target_transform: see ImageDataset.
        download: nothing is downloaded; accepted so that the class can stand in for CIFAR10.
        num_classes: the first so many of the 1000 characters.
        per_class: images of each; 100 of the training images, 20 of the test images when None.
        count: the first ``count`` images only, which are the same as in the whole set.

    Raises RangeError for numbers that make no sense. When the folder cannot be written to, a warning
    says so and the pictures stay in memory.

    >>> from minigrad.vision.datasets import RenderedGlyphs
    >>> data = RenderedGlyphs(num_classes=40, count=64)
    >>> data
    RenderedGlyphs: 64 images of shape (32, 32, 3), 40 classes
    >>> image, label = data[0]
    >>> image.shape, data.classes[:12]
    ((3, 32, 32), ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B'])
    """

    classes = list(CHARACTERS)

    def __init__(self, root: str | os.PathLike[str] | None = None, train: bool = True,
                 transform: Callable[[Any], Any] | None = None,
                 target_transform: Callable[[int], Any] | None = None, download: bool = True, *,
                 num_classes: int = 1000, per_class: int | None = None,
                 count: int | None = None) -> None:
        super().__init__(transform, target_transform)
        self.root, self.train = root, bool(train)
        _check("num_classes", num_classes, len(CHARACTERS))
        each = (100 if train else 20) if per_class is None else per_class
        _check("per_class", each, None)
        whole = int(num_classes) * int(each)
        wanted = whole if count is None else count
        _check("count", wanted, whole)
        self.classes = list(CHARACTERS[:num_classes])
        folder = cache_folder() if root is None else Path(root)
        path = folder / "rendered-glyphs" / \
            f"{'train' if train else 'test'}-{num_classes}x{each}-v{_VERSION}.npz"
        images, labels = self._load_or_draw(path, int(wanted), whole)
        self.data = wrap(images.transpose(0, 2, 3, 1))      # channels first in memory, as in CIFAR10
        self.targets = wrap(labels.astype(np.int64))

    def _load_or_draw(self, path: Path, wanted: int, whole: int) -> tuple[np.ndarray, np.ndarray]:
        classes = len(self.classes)
        kept = _load(path, whole, classes)
        if kept is not None:
            return kept[0][:wanted], kept[1][:wanted]
        images, labels = draw(classes, whole, wanted, self.train)
        if wanted == whole:
            try:
                with atomic_write(path) as file:
                    np.savez(file, images=images, labels=labels)
            except UnwritableError as error:
                warnings.warn(f"RenderedGlyphs: the pictures are not kept. {error}", stacklevel=4)
        return images, labels


def draw(classes: int, whole: int, count: int, train: bool) -> tuple[np.ndarray, np.ndarray]:
    """The first ``count`` of ``whole`` pictures, uint8 (count, 3, 32, 32), and their int16 classes."""
    drawing = importlib.import_module(".glyph_drawing", __package__)    # matplotlib, only when drawing
    images = np.empty((count, 3, drawing.SIDE, drawing.SIDE), np.uint8)
    labels = np.empty(count, np.int16)
    stencils = drawing.stencils(CHARACTERS[:classes])
    with tqdm(total=count, desc="drawing characters", leave=False, disable=None) as bar:
        for number, start in enumerate(range(0, count, drawing.CHUNK)):
            random = np.random.Generator(np.random.PCG64([number, int(train)]))
            chunk = np.arange(start, min(start + drawing.CHUNK, whole)) % classes
            part, its_labels = drawing.draw_chunk(random, chunk, stencils)
            left = count - start
            images[start:start + drawing.CHUNK] = part[:left]
            labels[start:start + drawing.CHUNK] = its_labels[:left]
            bar.update(len(part))
    return images, labels


def _check(name: str, value: Any, most: int | None) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 1 \
            or (most is not None and value > most):
        upwards = "" if most is None else f" to {most}"
        raise RangeError(f"RenderedGlyphs: {name} must be an integer from 1{upwards}, got {value!r}.")


def _load(path: Path, count: int, classes: int) -> tuple[np.ndarray, np.ndarray] | None:
    """The pictures kept in ``path`` if the file is there and whole; None says draw them anew."""
    if not path.is_file():
        return None
    try:
        with open(path, "rb") as file, np.load(file, allow_pickle=False) as kept:
            images, labels = kept["images"], kept["labels"]      # compares each one's checksum
        if images.shape == (count, 3, 32, 32) and labels.shape == (count,) \
                and images.dtype == np.uint8 and labels.dtype == np.int16 \
                and 0 <= labels.min() and labels.max() < classes:
            return images, labels
        reason = "it holds other arrays"
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
        reason = str(error)
    warnings.warn(f"RenderedGlyphs: {path} is damaged ({reason}); the pictures are drawn anew.",
                  stacklevel=5)
    return None
