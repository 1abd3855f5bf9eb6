package dev.lectern.watch;

import dev.lectern.schemas.status.TeacherWait;
import java.util.Comparator;
import java.util.Optional;

/**
 * Says which part of the fleet holds up the rest, from measured loads.
 *
 * <p>Recording and training go on at the same time, so the side that needs more time to its end
 * sets the pace. Within a side, standing still tells the cause: a teacher that waits for views, or
 * until its outputs are gone, is not the limit; nor is a student that waits for data.
 */
final class Diagnosis {
  private static final double MUCH_WAITING = 0.3;

  private Diagnosis() {}

  /** Advice on one recording; empty if nothing works on it and nothing is left to do. */
  static Optional<Advice> advise(Load load) {
    boolean recording = load.isOpen() && (load.remaining() > 0 || load.isDatasetOpen());
    if (!recording && load.runs().isEmpty()) {
      if (load.newRuns() > 0) {
        return Optional.of(measuring("The runs", load));
      }
      return load.isOpen() && !load.isCounted() ? Optional.of(uncounted(load)) : Optional.empty();
    }
    if (recording && load.workers().isEmpty()) {
      if (load.newWorkers() > 0) {
        return Optional.of(measuring("The workers", load));
      }
      return Optional.of(load.isCounted() ? noWorker(load) : uncounted(load));
    }
    Optional<Load.Run> last = lastRun(load);
    if (last.isPresent() && (!recording || runSeconds(last.get()) > load.secondsLeft())) {
      return Optional.of(students(load, last.get(), recording));
    }
    return Optional.of(teachers(load, last));
  }

  /** What the workers of a recording do when they do not compute; none if they mostly do. */
  static Optional<TeacherWait> standstill(Load load) {
    double sending = load.wait(TeacherWait.ENCODE) + load.wait(TeacherWait.PUBLISH);
    return load.waits() > Load.MOSTLY_WAITING || sending > MUCH_WAITING
        ? Optional.of(load.longestWait())
        : Optional.empty();
  }

  private static Optional<Load.Run> lastRun(Load load) {
    return load.runs().stream().max(Comparator.comparingDouble(Diagnosis::runSeconds));
  }

  /** One that only waits for data may take any time. */
  private static double runSeconds(Load.Run run) {
    if (run.imagesPerSecond() == 0) {
      return run.waitShare() > MUCH_WAITING ? Double.POSITIVE_INFINITY : 0;
    }
    return run.secondsLeft() == null ? 0 : run.secondsLeft();
  }

  private static Advice uncounted(Load load) {
    return new Advice(
        load.recording(),
        Side.NONE,
        "No ledger keeps "
            + load.recording()
            + ": it is not known which of its views are recorded, and it will not be sealed. Start"
            + " one with lectern ledger --recording "
            + load.recording()
            + ".");
  }

  private static Advice noWorker(Load load) {
    String waiting =
        "No worker records " + load.recording() + "; " + count(load.remaining()) + " wait.";
    return new Advice(
        load.recording(),
        Side.NONE,
        waiting + " Start one with lectern teach --recording " + load.recording() + " ...");
  }

  private static Advice measuring(String who, Load load) {
    return new Advice(
        load.recording(),
        Side.NONE,
        who
            + " of "
            + load.recording()
            + " have just begun; what holds them up shows within half a minute.");
  }

  private static Advice teachers(Load load, Optional<Load.Run> run) {
    StringBuilder text = new StringBuilder();
    text.append("The teachers set the pace of ").append(load.recording());
    text.append(": ").append(Figures.rate(load.viewsPerSecond())).append(" views/s");
    if (Double.isFinite(load.secondsLeft())) {
      text.append(", ").append(Figures.duration(load.secondsLeft())).append(" left");
    }
    run.filter(r -> r.imagesPerSecond() > 0)
        .ifPresent(
            r ->
                text.append(", while ")
                    .append(r.name())
                    .append(" could train on ")
                    .append(Figures.rate(r.imagesPerSecond() / Math.max(0.05, 1 - r.waitShare())))
                    .append(" images/s"));
    text.append(". ");
    Optional<TeacherWait> wait = standstill(load);
    if (wait.isEmpty()) {
      text.append("Inference is the limit (the teacher waits ")
          .append(Figures.percent(load.waits()))
          .append(" of the time): each further worker like these brings ")
          .append(Figures.rate(load.ownViewsPerSecond() / load.workers().size()))
          .append(" views/s.");
      return new Advice(load.recording(), Side.INFERENCE, text.toString());
    }
    text.append("They stand still ")
        .append(Figures.percent(load.waits()))
        .append(" of the time, ")
        .append(
            switch (wait.get()) {
              case VIEWS ->
                  load.isDatasetOpen()
                      ? "most of it for views: publishing is the limit; more workers would not"
                          + " help."
                      : "most of it for views: the broker sends them too slowly, or few are left;"
                          + " more workers would not help.";
              case DECODE ->
                  "most of it until views are decoded: raise --decode-threads, or start workers"
                      + " where processors are idle.";
              case ENCODE ->
                  "most of it until outputs are encoded: raise --encode-threads, or start workers"
                      + " where processors are idle.";
              case PUBLISH ->
                  "most of it until the broker has their outputs ("
                      + Figures.bytes(load.bytesPerSecond())
                      + "/s): its network, disk or quota is the limit; a smaller encoding or fewer"
                      + " kinds would help, more workers would not.";
            });
    Side side =
        switch (wait.get()) {
          case VIEWS, DECODE -> Side.VIEWS;
          case ENCODE, PUBLISH -> Side.SENDING;
        };
    return new Advice(load.recording(), side, text.toString());
  }

  private static Advice students(Load load, Load.Run run, boolean recording) {
    Side side = run.waitShare() > MUCH_WAITING ? Side.REPLAY : Side.TRAINING;
    StringBuilder text = new StringBuilder();
    text.append("The students set the pace: ").append(run.name());
    if (run.imagesPerSecond() > 0) {
      text.append(" trains on ").append(Figures.rate(run.imagesPerSecond())).append(" images/s");
    } else {
      text.append(" has not finished a step yet");
    }
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
          .append(" of the time: replay is the limit, ")
          .append(
              switch (run.replay().slowest()) {
                case LOG ->
                    run.replay().hasStore()
                        ? "and most of it is reading Kafka. What was read is in its store: later"
                            + " epochs are faster, and so would be a faster network or broker."
                        : "and most of it is reading Kafka, anew in each epoch; let replay.store"
                            + " keep what was read on this machine.";
                case STORE ->
                    "and most of it is reading its store; put replay.store on a faster disk.";
                case DECODE ->
                    run.imagesPerSecond() > 0
                        ? "and most of it is decoding; raise replay.decode-threads."
                        : "and most of it is decoding the first batches.";
              });
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
