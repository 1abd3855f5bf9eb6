package dev.lectern.demo;

import dev.lectern.report.Tone;
import java.util.Locale;

/** The two students that the demo compares: equal but for the losses. */
public enum Variant {
  /** Learns from the annotations alone. */
  PLAIN(Tone.PLAIN, "[]"),
  /** Learns from the annotations and from the recorded teacher. */
  DISTILLED(Tone.DISTILLED, "[{name: ld}, {name: ld, region: vlr}, {name: kd}]");

  private final Tone tone;
  private final String losses;

  Variant(Tone tone, String losses) {
    this.tone = tone;
    this.losses = losses;
  }

  /** Its name in files and tables. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Its colour. */
  public Tone tone() {
    return tone;
  }

  /** Its distillation losses, as a run lists them. */
  String losses() {
    return losses;
  }
}
