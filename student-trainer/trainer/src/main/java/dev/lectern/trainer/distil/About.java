package dev.lectern.trainer.distil;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** What a method is and where it comes from; {@code lectern losses} shows it. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface About {
  /** What it is, in a few words. */
  String title();

  /** Where it was published. */
  String paper();

  /** What it computes, in one line. */
  String formula();

  /**
   * What the default variant is averaged over, and the numbers of the published setting that take
   * the place of this run's: why its strength does not depend on them.
   */
  String strength();

  /** What the variants are and what else a user could not guess. */
  String note() default "";
}
