package dev.lectern.cli;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * The keys of a role's configuration that are options of its command too. {@link KeyOptionsModel}
 * makes the options: their types, meanings, ranges and defaults are those that the configuration
 * states.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
@interface KeyOptions {
  /** The configuration. */
  Class<?> of();

  /** Keys, each with the label of its value after a space where the default one does not serve. */
  String[] keys();
}
