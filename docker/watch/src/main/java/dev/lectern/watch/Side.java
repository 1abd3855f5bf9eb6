package dev.lectern.watch;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** The part of the way from images to a trained student that holds up the rest. */
public enum Side {
  /** Views are published more slowly than workers could take them. */
  VIEWS,
  /** The teachers compute all the time. */
  INFERENCE,
  /** Workers stand still until outputs are encoded and the broker has them. */
  SENDING,
  /** Runs wait for recorded data. */
  REPLAY,
  /** Runs compute all the time. */
  TRAINING,
  /** Nothing is at work, or there is too little to tell. */
  NONE;

  @JsonValue
  String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
