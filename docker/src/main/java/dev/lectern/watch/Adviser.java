package dev.lectern.watch;

import java.util.Comparator;
import java.util.Optional;

/**
 * Turns measured loads into plain words.
 *
 * <p>Recording and training go on at the same time, so the side that needs more time to its end
 * sets the pace. Within a side, standing still tells the cause: a teacher that waits for views, or
 * until its outputs are gone, is not the limit; nor is a student that waits for data.
 */
final class Adviser {
  private static final double MUCH_WAITING = 0.3;

  private Adviser() {}

  /** Advice on one recording; empty if nothing of it is at work or to be done. */
  static Optional<Advice> advise(Load load) {
    boolean recording = load.isOpen() && (load.remaining() > 0 || load.isDatasetOpen());
    if (!recording && load.runs().isEmpty()) {
      return load.isOpen() && !load.isCounted() ? Optional.of(uncounted(load)) : Optional.empty();
    }
    if (recording && load.workers().isEmpty()) {
      return Optional.of(load.newWorkers() > 0 ? measuring(load) : noWorker(load));
    }
    Optional<Load.Run> last = lastRun(load);
    if (last.isPresent() && (!recording || runSeconds(last.get()) > load.secondsLeft())) {
      return Optional.of(students(load, last.get(), recording));
    }
    return Optional.of(teachers(load, last));
  }

  private static Optional<Load.Run> lastRun(Load load) {
    return load.runs().stream()
        .filter(run -> run.imagesPerSecond() > 0)
        .max(Comparator.comparingDouble(Adviser::runSeconds));
  }

  private static double runSeconds(Load.Run run) {
    return run.secondsLeft() == null ? 0 : run.secondsLeft();
  }

  private static Advice uncounted(Load load) {
    return new Advice(
        load.recording(),
        Side.NONE,
        "No ledger keeps "
            + load.recording()
            + ": its views are not counted and it will not be sealed. Start one with lectern ledger"
            + " --recording "
            + load.recording()
            + ".");
  }

  private static Advice noWorker(Load load) {
    String waiting =
        load.isCounted() || load.remaining() > 0
            ? "No worker records " + load.recording() + "; " + count(load.remaining()) + " wait."
            : "No worker records " + load.recording() + ".";
    return new Advice(
        load.recording(),
        Side.NONE,
        waiting + " Start one with lectern teach --recording " + load.recording() + " ...");
  }

  private static Advice measuring(Load load) {
    return new Advice(
        load.recording(),
        Side.NONE,
        "The workers of "
            + load.recording()
            + " have just begun; what holds them up shows within half a minute.");
  }

  private static Advice teachers(Load load, Optional<Load.Run> run) {
    Side side =
        load.waitEncode() > MUCH_WAITING
            ? Side.SENDING
            : load.waitViews() > Load.MOSTLY_WAITING ? Side.VIEWS : Side.INFERENCE;
    StringBuilder text = new StringBuilder();
    text.append("The teachers set the pace of ").append(load.recording());
    text.append(": ").append(Figures.rate(load.viewsPerSecond())).append(" views/s");
    if (Double.isFinite(load.secondsLeft())) {
      text.append(", ").append(Figures.duration(load.secondsLeft())).append(" left");
    }
    run.ifPresent(
        r ->
            text.append(", while ")
                .append(r.name())
                .append(" could train on ")
                .append(Figures.rate(r.imagesPerSecond() / Math.max(0.05, 1 - r.waitShare())))
                .append(" images/s"));
    text.append(". ");
    switch (side) {
      case SENDING ->
          text.append("They stand still ")
              .append(Figures.percent(load.waitEncode()))
              .append(
                  " of the time until outputs are encoded and sent: raise --encode-threads, or give"
                      + " the broker a faster network or disk; more devices would not help.");
      case VIEWS ->
          text.append("They wait for views ")
              .append(Figures.percent(load.waitViews()))
              .append(
                  load.isDatasetOpen()
                      ? " of the time: publishing is the limit; more workers would not help."
                      : " of the time: the queue runs dry or the broker is slow; more workers would"
                          + " not help.");
      default ->
          text.append("Inference is the limit (the teacher waits ")
              .append(Figures.percent(load.waitViews() + load.waitEncode()))
              .append(" of the time): each further worker like these brings ")
              .append(Figures.rate(load.ownViewsPerSecond() / load.workers().size()))
              .append(" views/s.");
    }
    return new Advice(load.recording(), side, text.toString());
  }

  private static Advice students(Load load, Load.Run run, boolean recording) {
    Side side = run.waitShare() > MUCH_WAITING ? Side.REPLAY : Side.TRAINING;
    StringBuilder text = new StringBuilder();
    text.append("The students set the pace: ").append(run.name());
    text.append(" trains on ").append(Figures.rate(run.imagesPerSecond())).append(" images/s");
    if (run.secondsLeft() != null) {
      text.append(" and needs ").append(Figures.duration(run.secondsLeft())).append(" more");
    }
    if (recording) {
      text.append("; ")
          .append(load.recording())
          .append(" is recorded in ")
          .append(Figures.duration(load.secondsLeft()));
    }
    text.append(". ");
    if (side == Side.REPLAY) {
      text.append("It waits for data ")
          .append(Figures.percent(run.waitShare()))
          .append(
              " of the time: replay is the limit; raise replay.decode-threads, or put replay.store"
                  + " on a faster disk.");
    } else {
      text.append("It waits for data only ")
          .append(Figures.percent(run.waitShare()))
          .append(
              " of the time: a faster device or a smaller student would help, more teachers would"
                  + " not.");
    }
    return new Advice(load.recording(), side, text.toString());
  }

  private static String count(long views) {
    return views == 1 ? "1 view" : Figures.grouped(views) + " views";
  }
}
