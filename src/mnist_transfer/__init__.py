"""Transfer learning from ImageNet to Fashion-MNIST and MNIST, reproducibly."""

from mnist_transfer import numerics

numerics.settle()
