#!/usr/bin/env python3
"""Makes a random BERT of 12 layers x 768 with the tokenizer of another folder.

Usage: make_random_encoder.py TOKENIZER_FOLDER OUTPUT_FOLDER
"""

import shutil
import sys
from pathlib import Path

import torch
from transformers import AutoConfig, AutoModel, AutoTokenizer

source, output = map(Path, sys.argv[1:])
torch.manual_seed(1)
config = AutoConfig.for_model(
    "bert", num_hidden_layers=12, hidden_size=768, num_attention_heads=12, intermediate_size=3072,
    vocab_size=len(AutoTokenizer.from_pretrained(source)),
)
AutoModel.from_config(config).save_pretrained(output)
for name in ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "vocab.txt"):
    if (source / name).exists():
        shutil.copy(source / name, output)
