"""What the claims speak of, by its names in the study."""

#: The two datasets of the paper, and how evidence calls them; the second is the one that may be too easy.
FASHION, MNIST = "fashion_mnist", "mnist"
DATASETS = (FASHION, MNIST)
TITLES = {FASHION: "Fashion-MNIST", MNIST: "MNIST"}
#: The paper's cut, the one that this study adds, their controls, and raw pixels.
LAST, THIRD = "vgg16/block5", "vgg16/block3"
RANDOM_LAST, RANDOM_THIRD = "vgg16-random/block5", "vgg16-random/block3"
PIXELS = "pixels/all"
