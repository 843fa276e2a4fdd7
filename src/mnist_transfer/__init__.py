"""Transfer learning from ImageNet to Fashion-MNIST and MNIST, reproducibly."""
