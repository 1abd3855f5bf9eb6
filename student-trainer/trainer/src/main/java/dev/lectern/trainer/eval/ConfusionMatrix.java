package dev.lectern.trainer.eval;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Which classes a detector takes for which.
 *
 * <p>In every image, detections of at least the score and objects are paired whatever their
 * classes, the pair of the largest overlap first, each once, down to the overlap. Crowd regions are
 * no objects, and a detection that lies in one and has no partner is not counted.
 *
 * @param classes names, by rising category id
 * @param overlap least IoU of a pair
 * @param score of the detections that are counted
 * @param counts [annotated class][detected class]; the last row has detections without object, the
 *     last column objects without detection
 */
public record ConfusionMatrix(
    List<String> classes, double overlap, double score, List<List<Long>> counts) {
  private static final double OVERLAP = 0.5;
  private static final double SCORE = 0.25;

  private record Pair(int object, int detection, double overlap) {}

  /** At an overlap of 0.5 and a score of 0.25. */
  public static ConfusionMatrix of(GroundTruthSet truth, List<Detection> detections) {
    List<Category> categories =
        truth.categories().stream().sorted(Comparator.comparingLong(Category::id)).toList();
    Map<Long, Integer> place = new HashMap<>();
    categories.forEach(category -> place.put(category.id(), place.size()));
    Map<Long, List<TruthBox>> objects = new HashMap<>();
    truth
        .objects()
        .forEach(o -> objects.computeIfAbsent(o.imageId(), id -> new ArrayList<>()).add(o));
    Map<Long, List<Detection>> seen = new HashMap<>();
    detections.stream()
        .filter(d -> d.score() >= SCORE)
        .forEach(d -> seen.computeIfAbsent(d.imageId(), id -> new ArrayList<>()).add(d));
    long[][] counts = new long[categories.size() + 1][categories.size() + 1];
    for (long image : truth.imageIds()) {
      count(
          objects.getOrDefault(image, List.of()),
          seen.getOrDefault(image, List.of()),
          place,
          counts);
    }
    List<List<Long>> rows = new ArrayList<>();
    for (long[] row : counts) {
      rows.add(java.util.Arrays.stream(row).boxed().toList());
    }
    return new ConfusionMatrix(
        categories.stream().map(Category::name).toList(), OVERLAP, SCORE, rows);
  }

  private static void count(
      List<TruthBox> all, List<Detection> seen, Map<Long, Integer> place, long[][] counts) {
    List<TruthBox> objects = all.stream().filter(object -> !object.crowd()).toList();
    List<TruthBox> crowds = all.stream().filter(TruthBox::crowd).toList();
    List<Pair> pairs = new ArrayList<>();
    for (int o = 0; o < objects.size(); o++) {
      for (int d = 0; d < seen.size(); d++) {
        double overlap = seen.get(d).box().overlap(objects.get(o).box());
        if (overlap >= OVERLAP) {
          pairs.add(new Pair(o, d, overlap));
        }
      }
    }
    pairs.sort(Comparator.comparingDouble((Pair pair) -> -pair.overlap));
    boolean[] found = new boolean[objects.size()];
    boolean[] paired = new boolean[seen.size()];
    int none = counts.length - 1;
    for (Pair pair : pairs) {
      if (!found[pair.object] && !paired[pair.detection]) {
        found[pair.object] = true;
        paired[pair.detection] = true;
        counts[place.get(objects.get(pair.object).categoryId())][
            place.get(seen.get(pair.detection).categoryId())]++;
      }
    }
    for (int o = 0; o < found.length; o++) {
      if (!found[o]) {
        counts[place.get(objects.get(o).categoryId())][none]++;
      }
    }
    for (int d = 0; d < paired.length; d++) {
      Box box = seen.get(d).box();
      boolean inCrowd = crowds.stream().anyMatch(c -> box.shareInside(c.box()) >= OVERLAP);
      if (!paired[d] && !inCrowd) {
        counts[none][place.get(seen.get(d).categoryId())]++;
      }
    }
  }

  /**
   * What the objects of a class were taken for.
   *
   * @param annotated name of the class, or {@code no object}
   * @param boxes how many
   * @param detected how many by name of the detected class, or {@code missed}; the most first
   */
  public record Row(String annotated, long boxes, Map<String, Long> detected) {}

  /** A row for each annotated class that has objects, and one for detections without object. */
  public List<Row> rows() {
    List<Row> rows = new ArrayList<>();
    for (int row = 0; row < counts.size(); row++) {
      List<Long> counted = counts.get(row);
      Map<String, Long> detected = new LinkedHashMap<>();
      IntStream.range(0, counted.size())
          .filter(column -> counted.get(column) > 0)
          .boxed()
          .sorted(Comparator.comparingLong((Integer column) -> -counted.get(column)))
          .forEach(column -> detected.put(name(column, "missed"), counted.get(column)));
      if (!detected.isEmpty()) {
        long boxes = counted.stream().mapToLong(Long::longValue).sum();
        rows.add(new Row(name(row, "no object"), boxes, detected));
      }
    }
    return rows;
  }

  /** A line for each row. */
  @JsonIgnore
  public String table() {
    StringBuilder text =
        new StringBuilder(
            String.format(
                Locale.ROOT, "annotated -> detected (IoU %.2f, score %.2f)", overlap, score));
    for (Row row : rows()) {
      text.append(String.format(Locale.ROOT, "%n %-20s %6d:", row.annotated(), row.boxes()));
      text.append(
          row.detected().entrySet().stream()
              .map(entry -> " " + entry.getKey() + " " + entry.getValue())
              .collect(Collectors.joining(",")));
    }
    return text.toString();
  }

  private String name(int index, String none) {
    return index < classes.size() ? classes.get(index) : none;
  }
}
