"""Makes the numbers that the tests in this folder compare NeuralNet with: the same formulas by PyTorch, in float64.

Run it with Python 3, PyTorch and NumPy (on Debian: apt-get install python3-torch):

    python3 make_reference.py              # all files
    python3 make_reference.py dense random # some of them

It overwrites the JSON files beside it. The tests read those: they need no Python. The committed files were made with
Python 3.11.2, PyTorch 1.13.0a0 and NumPy 1.24.2 (Debian 12); other versions may differ in the last digits.

Every input is rounded to float32 before anything is computed with it, so both sides start from the same numbers. Inputs
are written with as many digits as tell one float32 from the next; results have 12 digits where the test counts in ulp,
and 9 elsewhere. Infinities and NaN are the strings "Infinity", "-Infinity" and "NaN". null: nothing is expected there.

    activations.json   values and input gradients of the scalar activations over a grid, and of softmax for several widths
    vectors.json       values and input gradients of the vector activations; cross-entropy through a softmax with a temperature
    divergences.json   values and gradients, mean over rows, weighted or not; on y, and on logits (keys end in "Logits")
    dense.json         one fully connected layer with each activation: y, dx, dW, db; the first n rows of 32 for each n
    networks.json      whole networks: divergence and gradient of all parameters
    composition.json   networks of residual blocks and branches: divergence, gradient of all parameters and of the inputs
    ties.json          networks with tied blocks: divergence and gradient of all parameters
    recurrent.json     recurrent layers: output, final state, gradients of inputs and parameters; lengths, first states and their gradients
    decoders.json      an encoder whose last state a decoder begins with: output, gradients of inputs and parameters of both
    steps.json         layers of sequences by themselves: ids, positions, mean, max and the like; y, and the gradient of x and of blocks
    pools.json         pools, upsampling and padding of images, and of sequences with lengths; y and the gradient of x
    attention.json     multi-head attention: self and cross, causal, with lengths and with masks; output and all gradients
    heads.json         multi-head attention with positions, windows and fewer heads of keys; output and all gradients
    convolutions.json  convolutions and transposed ones: of images, of sequences with lengths and with state; output and all gradients
    norms.json         normalization layers, and activations as layers: of vectors, of sequences with lengths, of images
    batches.json       normalizations over a batch, groups and single channels: outputs, all gradients, running statistics, and inference
    optimizers.json    parameters after 200 full-batch steps of each optimizer; factors of schedules; a minimum for L-BFGS
    sparse.json        parameters after 50 steps of Adam that is lazy about an embedding
    measures.json      measures of classes, labels and numbers by scikit-learn (on Debian: apt-get install python3-sklearn), to 17 digits
    random.json        bits of RandomStream (an independent Philox 4x32-10), and quantiles of the normal distribution

scaling.json, of scalings by known numbers, is made by reference_scaling.py, which needs scikit-learn alone.

Weights are [inputs, outputs], as NeuralNet keeps them; a flat list is row-major. Files that PyTorch itself has saved are made
by make_torch_files.py.
"""

import sys

from reference_activations import activations
from reference_attention import attention
from reference_batches import batches
from reference_composition import composition
from reference_convolutions import convolutions
from reference_divergences import divergences
from reference_heads import heads
from reference_measures import measures
from reference_networks import dense, networks
from reference_norms import norms
from reference_optimizers import optimizers
from reference_pools import pools
from reference_random import random
from reference_recurrent import decoders, recurrent
from reference_sparse import sparse
from reference_steps import steps
from reference_ties import ties
from reference_vectors import vectors

FILES = {make.__name__: make for make in (
    activations, vectors, divergences, dense, networks, composition, ties, recurrent, decoders, steps, attention, heads, convolutions, pools,
    norms, batches, optimizers, sparse, measures, random)}

if __name__ == "__main__":
    for name in sys.argv[1:] or FILES:
        FILES[name]()
