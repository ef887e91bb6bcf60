"""Text: BERT's tokenizer, texts as data sets, and BERT itself, written by hand."""
from .basic import basic_tokenize
from .batches import EncodedTexts, LengthBuckets
from .bert import BertForSequenceClassification, BertModel, BertOutput
from .config import BertConfig
from .encoding import Encoding
from .pretrained import LoadReport, find_vocabulary, load_weights
from .reviews import RenderedReviews
from .sst2 import SST2
from .tokenizer import BertTokenizer
from .wordpiece import WordPiece, read_vocabulary

__all__ = ["SST2", "BertConfig", "BertForSequenceClassification", "BertModel", "BertOutput", "BertTokenizer",
           "EncodedTexts", "Encoding", "LengthBuckets", "LoadReport", "RenderedReviews", "WordPiece",
           "basic_tokenize", "find_vocabulary", "load_weights", "read_vocabulary"]
