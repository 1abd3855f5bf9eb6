package dev.lectern.report;

import java.util.Locale;

/** Whose output it is: one colour in every picture and chart. */
public enum Tone {
  /** The annotation. */
  TRUTH,
  TEACHER,
  /** The student trained without distillation. */
  PLAIN,
  /** The student trained with distillation. */
  DISTILLED,
  /** A student that is looked at. */
  STUDENT,
  /** Positions that an assigner gives to objects. */
  MAIN,
  /** Positions near objects whose boxes are worth learning from. */
  VALUABLE;

  String cssClass() {
    return name().toLowerCase(Locale.ROOT);
  }
}
