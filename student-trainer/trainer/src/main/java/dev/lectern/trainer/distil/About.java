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

  /** What the variants are and what else a user could not guess. */
  String note() default "";
}
