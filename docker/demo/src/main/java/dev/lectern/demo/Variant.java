package dev.lectern.demo;

import dev.lectern.report.Tone;
import dev.lectern.trainer.distil.Method;
import dev.lectern.trainer.distil.Methods;
import java.util.List;
import java.util.Locale;

/** The two students that the demo compares: equal but for the losses. */
public enum Variant {
  /** Learns from the annotations alone. */
  PLAIN(Tone.PLAIN, List.of()),
  /** Learns from the annotations and from the recorded teacher. */
  DISTILLED(
      Tone.DISTILLED,
      List.of(Methods.of("ld"), Methods.of("{name: ld, region: vlr}"), Methods.of("kd")));

  private final Tone tone;
  private final List<Method> losses;

  Variant(Tone tone, List<Method> losses) {
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

  /** Its distillation losses. */
  public List<Method> losses() {
    return losses;
  }
}
