package dev.lectern.producer.augment;

/** The images that a view may mix with its own. */
@FunctionalInterface
public interface Partners {
  /** None: for views of one image alone. */
  Partners NONE =
      at -> {
        throw new IllegalStateException("a step mixes images, but no others are there");
      };

  /**
   * Picks one.
   *
   * @param at uniform in [0, 1)
   */
  Picture pick(double at);
}
