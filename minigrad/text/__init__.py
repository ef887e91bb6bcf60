"""Text: tokenizers, texts as data sets, and BERT and GPT-2, written by hand."""
from .basic import basic_tokenize
from .batches import EncodedTexts, LengthBuckets
from .bert import BertForSequenceClassification, BertModel, BertOutput
from .bpe import BytePairs
from .config import BertConfig
from .encoding import Encoding
from .generating import generate, next_probabilities
from .gpt import GPT, Cache, GPTConfig
from .pretrained import LoadReport, find_vocabulary, load_weights
from .reviews import RenderedReviews
from .sst2 import SST2
from .tokenizer import BertTokenizer
from .wordpiece import WordPiece, read_vocabulary

__all__ = ["GPT", "SST2", "BertConfig", "BertForSequenceClassification", "BertModel", "BertOutput",
           "BertTokenizer", "BytePairs", "Cache", "EncodedTexts", "Encoding", "GPTConfig", "LengthBuckets",
           "LoadReport", "RenderedReviews", "WordPiece", "basic_tokenize", "find_vocabulary", "generate",
           "load_weights", "next_probabilities", "read_vocabulary"]
