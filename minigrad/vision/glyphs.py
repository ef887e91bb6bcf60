"""RenderedGlyphs: a thousand characters drawn in color, a data set with as many classes as you like."""
from __future__ import annotations

import importlib
import os
from pathlib import Path
from typing import Any, Callable

import numpy as np

from ..autograd.tensor import wrap
from ..backend.cache import cache_folder
from ..errors.arguments import require_integers
from .drawn import CHUNK, Pictures, draw_all, kept_or_drawn
from .images import ImageDataset

_VERSION = 1        # counts changes of the drawing; a file drawn otherwise is not used

# Characters that DejaVu Sans has upright, bold and slanted, and of which no two look alike at the same size:
# digits and Latin letters first, then by code point.
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

    Letters of many scripts, arrows, mathematical and other signs, in eight fonts that come with matplotlib,
    shifted, turned, slanted and stretched, one color on another, with noise. The pictures are the same on
    every run. They are drawn once, thousands per second, and kept in the cache. The first ten classes are the
    digits.

    Args:
        root: the folder to keep the pictures in; the user's cache folder when None.
        train: the training images, or the test images, which are different ones.
        transform, target_transform: see ImageDataset.
        download: nothing is downloaded; accepted so that the class can stand in for CIFAR10.
        num_classes: how many of the 1000 characters, from the first.
        per_class: images of each; when None, 100 to train and 20 to test.
        count: only the first ``count`` images, the same as in the whole set.

    Raises RangeError for numbers out of range. If the folder cannot be written to, a warning says so and the
    pictures stay in memory.

    >>> from minigrad.vision.datasets import RenderedGlyphs
    >>> data = RenderedGlyphs(num_classes=40, count=64)
    >>> data
    RenderedGlyphs: 64 images of shape (32, 32, 3), 40 classes
    >>> image, label = data[0]
    >>> image.shape, data.classes[:12]
    (minigrad.Size([3, 32, 32]), ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B'])
    """

    classes = list(CHARACTERS)

    def __init__(self, root: str | os.PathLike[str] | None = None, train: bool = True,
                 transform: Callable[[Any], Any] | None = None,
                 target_transform: Callable[[int], Any] | None = None, download: bool = True, *,
                 num_classes: int = 1000, per_class: int | None = None,
                 count: int | None = None) -> None:
        super().__init__(transform, target_transform)
        self.root, self.train = root, bool(train)
        require_integers("RenderedGlyphs", most=len(CHARACTERS), num_classes=num_classes)
        each = (100 if train else 20) if per_class is None else per_class
        require_integers("RenderedGlyphs", per_class=each)
        whole = int(num_classes) * int(each)
        wanted = whole if count is None else count
        require_integers("RenderedGlyphs", most=whole, count=wanted)
        self.classes = list(CHARACTERS[:num_classes])
        path = (cache_folder() if root is None else Path(root)) / "rendered-glyphs" / \
            f"{'train' if train else 'test'}-{num_classes}x{each}-v{_VERSION}.npz"
        images, labels = kept_or_drawn(
            "RenderedGlyphs", path, lambda: draw(num_classes, whole, wanted, self.train), wanted,
            (whole, 3, 32, 32), np.int16, num_classes)
        self.data = wrap(images.transpose(0, 2, 3, 1))      # channels first in memory, as in CIFAR10
        self.targets = wrap(labels.astype(np.int64))


def draw(classes: int, whole: int, count: int, train: bool) -> Pictures:
    """The first ``count`` of ``whole`` pictures, uint8 (count, 3, 32, 32), and their int16 classes."""
    drawing = importlib.import_module(".glyph_drawing", __package__)    # matplotlib, only when drawing
    stencils = drawing.stencils(CHARACTERS[:classes])

    def draw_chunk(random: np.random.Generator, start: int) -> Pictures:
        return drawing.draw_chunk(random, np.arange(start, min(start + CHUNK, whole)) % classes, stencils)

    return draw_all(np.empty((count, 3, 32, 32), np.uint8), np.empty(count, np.int16), train, "characters",
                    draw_chunk)
