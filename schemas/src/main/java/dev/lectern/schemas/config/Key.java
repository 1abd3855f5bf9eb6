package dev.lectern.schemas.config;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * A key of a configuration record: its default, range and meaning, stated once. {@link
 * ConfigLoader} fills in the default where a configuration lacks the key and refuses values outside
 * of the range; {@link ConfigKey} reads the same for documentation.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
public @interface Key {
  /** What it means, in a few words. */
  String meaning();

  /**
   * The default as YAML. Where it is empty, an enumeration without {@link #shownDefault} takes the
   * first of its choices, and anything else stays null.
   */
  String defaultsTo() default "";

  /** What documentation shows in place of a default that depends on other keys. */
  String shownDefault() default "";

  /** Whether a configuration must state it: there is no default. */
  boolean required() default false;

  /** Smallest number. */
  double min() default Double.NEGATIVE_INFINITY;

  /** A number that is too small, but nothing above it is. */
  double above() default Double.NEGATIVE_INFINITY;

  /** Largest number. */
  double max() default Double.POSITIVE_INFINITY;

  /** A number that is too large, but nothing below it is. */
  double below() default Double.POSITIVE_INFINITY;

  /** The values of the enumeration that are allowed, the default first; empty for all. */
  String[] choices() default {};
}
