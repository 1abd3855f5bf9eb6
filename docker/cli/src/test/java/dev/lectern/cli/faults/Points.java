package dev.lectern.cli.faults;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The points of one fault that a seed draws: dealt out over shards, and kept with what became of
 * them, so that a run that was cut short continues and a failed point comes first the next time.
 *
 * <p>{@code -Dlectern.faults.points=200 -Dlectern.faults.seed=7 -Dlectern.faults.shard=2/5
 * -Dlectern.faults.minutes=75 -Dlectern.faults.folder=DIR}
 */
final class Points {
  static final long SEED = Long.getLong("lectern.faults.seed", 1);
  private static final Logger LOG = LoggerFactory.getLogger(Points.class);
  private static final Path FOLDER =
      Path.of(System.getProperty("lectern.faults.folder", "target/faults"));

  private final String fault;
  private final Path file;
  private final Deque<Integer> left = new ArrayDeque<>();
  private final long end =
      System.nanoTime() + Duration.ofMinutes(Long.getLong("lectern.faults.minutes", 75)).toNanos();
  private int held;

  /**
   * @param fault part of a file's name
   * @param usual points, if nobody asks for another number
   */
  Points(String fault, int usual) throws IOException {
    this.fault = fault;
    Files.createDirectories(FOLDER);
    file = FOLDER.resolve(fault + "-seed-" + SEED + ".txt");
    Set<Integer> done = new LinkedHashSet<>();
    Set<Integer> failed = new LinkedHashSet<>();
    for (String line : Files.exists(file) ? Files.readAllLines(file) : List.<String>of()) {
      int point = Integer.parseInt(line.replaceFirst(" .*", ""));
      boolean good = line.endsWith(" held");
      (good ? done : failed).add(point);
      (good ? failed : done).remove(point);
    }
    left.addAll(failed);
    String[] shard = System.getProperty("lectern.faults.shard", "1/1").split("/");
    int number = Integer.getInteger("lectern.faults.points", usual);
    for (int point = 0; point < number; point++) {
      if (point % Integer.parseInt(shard[1]) == Integer.parseInt(shard[0]) - 1
          && !done.contains(point)
          && !failed.contains(point)) {
        left.add(point);
      }
    }
    LOG.info(
        "fault={} seed={} shard={} points={} done before={} failed before={} file={}",
        fault,
        SEED,
        String.join("/", shard),
        left,
        done.size(),
        failed,
        file.toAbsolutePath());
  }

  /** Whether there is one left, and time for it. */
  boolean hasNext() {
    if (!left.isEmpty() && System.nanoTime() > end) {
      LOG.info("fault={} time is over, left for the next run: {}", fault, left);
      return false;
    }
    return !left.isEmpty();
  }

  /** The next points, no more than these. */
  List<Integer> next(int most) {
    List<Integer> next = new ArrayList<>();
    while (next.size() < most && !left.isEmpty()) {
      next.add(left.poll());
    }
    return next;
  }

  /** A point whose fault came too late to be one is tried again. */
  void again(int point) {
    left.addFirst(point);
  }

  static Random random(int point) {
    return new Random(SEED * 1_000_003 + point);
  }

  /** What must hold after these points; what became of them is kept. */
  void settle(List<Integer> points, Check check) throws Exception {
    try {
      check.run();
    } catch (Exception | AssertionError e) {
      write(points, "failed");
      throw new AssertionError("fault " + fault + ", seed " + SEED + ", points " + points, e);
    }
    write(points, "held");
    held += points.size();
  }

  /** How many held in this run. */
  int held() {
    return held;
  }

  private void write(List<Integer> points, String outcome) {
    try {
      Files.write(
          file,
          points.stream().map(point -> point + " " + outcome).toList(),
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Something that fails where a promise is broken. */
  interface Check {
    void run() throws Exception;
  }
}
