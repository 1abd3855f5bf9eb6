package dev.lectern.producer.augment;

import java.util.List;
import java.util.function.UnaryOperator;

/**
 * Images that cover each other, the later ones the earlier; a view is the weighted sum of its
 * sheets.
 *
 * @param share of the sum; those of a view add up to 1
 * @param layers from the lowest to the topmost
 */
record Sheet(double share, List<Layer> layers) {
  Sheet {
    layers = List.copyOf(layers);
  }

  Sheet map(UnaryOperator<Layer> change) {
    return new Sheet(share, layers.stream().map(change).toList());
  }

  /** Without the layers that show nothing. */
  Sheet visible() {
    return new Sheet(share, layers.stream().filter(layer -> !layer.visible().isEmpty()).toList());
  }

  Sheet times(double factor) {
    return new Sheet(share * factor, layers);
  }
}
