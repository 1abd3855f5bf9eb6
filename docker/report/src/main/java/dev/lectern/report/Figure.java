package dev.lectern.report;

/** A picture or chart of the report. */
public interface Figure {
  /** An {@code <svg>} element. */
  String svg();

  /** What it shows, one line. */
  String caption();
}
