package dev.lectern.schemas.config;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * A key that names a file or a folder; {@code Path} keys do so without saying it. In a
 * configuration file a relative one is relative to that file ({@link ConfigLoader}).
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
public @interface FileName {
  /** Whether words without a dot and a slash are names of something else. */
  boolean orWord() default false;
}
