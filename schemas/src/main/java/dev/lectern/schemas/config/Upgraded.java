package dev.lectern.schemas.config;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.Map;

/**
 * Marks a record, or an interface that records of several kinds implement, some of whose keys had
 * other names or places in an earlier version.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface Upgraded {
  /** Rewrites the former keys; has a constructor without arguments. */
  Class<? extends Upgrade> value();

  /** A rewriting of former keys. */
  interface Upgrade {
    /**
     * Rewrites the keys of one record in place.
     *
     * @return each former key that was found, and what is written in its place today
     * @throws UserMistakeException if what is found cannot be rewritten; without the place
     */
    Map<String, String> apply(ObjectNode record);
  }
}
