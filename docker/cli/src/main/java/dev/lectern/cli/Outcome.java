package dev.lectern.cli;

/** Whether a role that was run, and perhaps asked to stop, did what the user asked for. */
enum Outcome {
  /** All of it; a role that runs until it is stopped is done when it stops. */
  DONE,
  /** It stopped before; started again, it continues. */
  UNFINISHED
}
