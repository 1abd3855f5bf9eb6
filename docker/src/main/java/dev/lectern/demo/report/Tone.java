package dev.lectern.demo.report;

import java.util.Locale;

/** Who says it: the same colour in every picture and chart. */
public enum Tone {
  /** The annotation. */
  TRUTH,
  TEACHER,
  /** The student trained without distillation. */
  PLAIN,
  /** The student trained with distillation. */
  DISTILLED;

  String cssClass() {
    return name().toLowerCase(Locale.ROOT);
  }
}
