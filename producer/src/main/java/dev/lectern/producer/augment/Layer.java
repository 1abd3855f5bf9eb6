package dev.lectern.producer.augment;

import java.util.ArrayList;
import java.util.List;

/**
 * One image's place in a view.
 *
 * @param picture the image
 * @param map its pixels to those of the frame
 * @param visible the region of the frame that shows it
 * @param colors changes of its colours, in order
 */
record Layer(Picture picture, Projective map, Polygon visible, List<ColorJitter> colors) {
  Layer {
    colors = List.copyOf(colors);
  }

  /** Moves it with the whole frame. */
  Layer then(Projective next) {
    return new Layer(picture, map.then(next), visible.map(next), colors);
  }

  /** Hides what lies outside of a region. */
  Layer within(Polygon region) {
    return new Layer(picture, map, visible.clip(region), colors);
  }

  Layer with(ColorJitter next) {
    List<ColorJitter> more = new ArrayList<>(colors);
    more.add(next);
    return new Layer(picture, map, visible, more);
  }

  /** With another one in place of the last change of colours. */
  Layer withLast(ColorJitter changed) {
    List<ColorJitter> others = new ArrayList<>(colors);
    others.set(others.size() - 1, changed);
    return new Layer(picture, map, visible, others);
  }

  ColorJitter lastColors() {
    return colors.get(colors.size() - 1);
  }
}
