package dev.lectern.report.inspect;

import dev.lectern.detector.box.Detection;
import dev.lectern.detector.box.DetectionDecoder;
import dev.lectern.detector.box.Disagreement;
import dev.lectern.schemas.descriptor.TensorLayout;
import dev.lectern.schemas.log.Index;
import dev.lectern.schemas.log.ManifestStore;
import dev.lectern.schemas.log.PayloadReader;
import dev.lectern.schemas.progress.Progress;
import dev.lectern.schemas.record.DatasetManifest;
import dev.lectern.schemas.record.IndexEntry;
import dev.lectern.schemas.record.KindEncoding;
import dev.lectern.schemas.record.Receipt;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.schemas.tensor.Positions;
import dev.lectern.schemas.tensor.TensorContainer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * Two recordings over the same views: of two teachers, or of one under two encodings. Numbers are
 * compared where both store them, boxes as they are decoded from each.
 */
public final class RecordingComparison {
  /** Limits memory: a view's outputs are some megabytes. */
  private static final int VIEWS_AT_ONCE = 32;

  private final Map<String, Object> kafka;
  private final RecordingManifest first;
  private final RecordingManifest second;
  private final double score;
  private final Map<String, Sums> tensors = new LinkedHashMap<>();

  /**
   * A tensor of both recordings.
   *
   * @param name such as {@code cls.0}
   * @param views that were compared
   * @param equal of them, those whose numbers are all equal
   * @param largest difference of two numbers
   * @param mean absolute difference
   * @param magnitude mean absolute number of the first
   * @param positionsOfFirst share of positions that the first alone stores
   * @param positionsOfSecond share of positions that the second alone stores
   */
  public record TensorDifference(
      String name,
      long views,
      long equal,
      double largest,
      double mean,
      double magnitude,
      double positionsOfFirst,
      double positionsOfSecond) {}

  /**
   * The boxes of both, matched by class from an IoU of {@link Disagreement#MATCH} on.
   *
   * @param score that boxes are above
   * @param matched pairs
   * @param first boxes of the first that nothing matches
   * @param second boxes of the second that nothing matches
   */
  public record BoxAgreement(double score, long matched, long first, long second) {
    /** Pairs over all objects of either; 1 where neither has any. */
    public double share() {
      long objects = matched + first + second;
      return objects == 0 ? 1 : (double) matched / objects;
    }
  }

  /**
   * What was found.
   *
   * @param views that were compared
   * @param onlyFirst ids of views that the first alone holds
   * @param onlySecond ids of views that the second alone holds
   * @param otherPixels ids of views of which the teachers saw different pixels
   * @param lacking tensors that one alone holds, or of another shape
   * @param boxes null where not both can be decoded
   */
  public record Comparison(
      String first,
      String second,
      long views,
      List<String> onlyFirst,
      List<String> onlySecond,
      List<String> otherPixels,
      List<TensorDifference> tensors,
      List<String> lacking,
      BoxAgreement boxes) {}

  private static final class Sums {
    private long views;
    private long equal;
    private double largest;
    private double sum;
    private double magnitude;
    private long numbers;
    private long positions;
    private long ofFirst;
    private long ofSecond;

    TensorDifference difference(String name) {
      double count = Math.max(1, numbers);
      double cells = Math.max(1, positions);
      return new TensorDifference(
          name,
          views,
          equal,
          largest,
          sum / count,
          magnitude / count,
          ofFirst / cells,
          ofSecond / cells);
    }
  }

  /**
   * @param kafka client properties
   * @param score of boxes, in (0, 1)
   */
  public RecordingComparison(
      Map<String, Object> kafka, RecordingManifest first, RecordingManifest second, double score) {
    this.kafka = Map.copyOf(kafka);
    this.first = first;
    this.second = second;
    this.score = score;
  }

  /** Reads both. */
  public Comparison compare(Progress.Factory factory) {
    SortedMap<String, IndexEntry> left = Index.read(kafka, first);
    SortedMap<String, IndexEntry> right = Index.read(kafka, second);
    List<String> common = new ArrayList<>();
    List<String> otherPixels = new ArrayList<>();
    for (Map.Entry<String, IndexEntry> entry : left.entrySet()) {
      IndexEntry other = right.get(entry.getKey());
      if (other != null) {
        boolean same =
            entry.getValue().getView().getPixelsSha256().equals(other.getView().getPixelsSha256());
        (same ? common : otherPixels).add(entry.getKey());
      }
    }
    List<String> lacking = new ArrayList<>(lacking(first, second));
    lacking.addAll(lacking(second, first));
    Boxes boxes = Boxes.of(this);
    try (Progress progress =
            factory.start(
                "compare " + first.getName() + " and " + second.getName(), "views", common.size());
        PayloadReader ofFirst = new PayloadReader(kafka, first.getName());
        PayloadReader ofSecond = new PayloadReader(kafka, second.getName())) {
      for (int from = 0; from < common.size(); from += VIEWS_AT_ONCE) {
        List<String> some = common.subList(from, Math.min(from + VIEWS_AT_ONCE, common.size()));
        Map<TensorKind, Map<String, TensorContainer>> a = read(ofFirst, left, some);
        Map<TensorKind, Map<String, TensorContainer>> b = read(ofSecond, right, some);
        for (String viewId : some) {
          for (TensorKind kind : kinds()) {
            add(a.get(kind).get(viewId), b.get(kind).get(viewId));
          }
          if (boxes != null) {
            boxes.add(viewId, a, b);
          }
          progress.advance(1);
        }
      }
    }
    return new Comparison(
        first.getName(),
        second.getName(),
        common.size(),
        left.keySet().stream().filter(id -> !right.containsKey(id)).toList(),
        right.keySet().stream().filter(id -> !left.containsKey(id)).toList(),
        otherPixels,
        tensors.entrySet().stream().map(of -> of.getValue().difference(of.getKey())).toList(),
        lacking,
        boxes == null ? null : boxes.agreement());
  }

  /** The kinds that both hold. */
  private Set<TensorKind> kinds() {
    Set<TensorKind> both = kinds(first);
    both.retainAll(kinds(second));
    return both;
  }

  private static Set<TensorKind> kinds(RecordingManifest recording) {
    Set<TensorKind> kinds = EnumSet.noneOf(TensorKind.class);
    recording.getEncodings().stream().map(KindEncoding::getKind).forEach(kinds::add);
    return kinds;
  }

  private Map<TensorKind, Map<String, TensorContainer>> read(
      PayloadReader payloads, Map<String, IndexEntry> entries, List<String> viewIds) {
    List<Receipt> receipts = viewIds.stream().map(id -> entries.get(id).getReceipt()).toList();
    Map<TensorKind, Map<String, TensorContainer>> read = new TreeMap<>();
    for (TensorKind kind : kinds()) {
      Map<String, TensorContainer> ofKind = new HashMap<>();
      payloads.scan(
          receipts,
          kind,
          (receipt, location, payload) ->
              ofKind.put(receipt.getViewId(), TensorContainer.open(payload)));
      read.put(kind, ofKind);
    }
    return read;
  }

  /** Names of tensors that one holds and another does not, each with its shape. */
  private static List<String> lacking(RecordingManifest one, RecordingManifest other) {
    List<String> lacking = new ArrayList<>();
    for (TensorKind kind : kinds(one)) {
      Map<String, List<Integer>> theirs =
          kinds(other).contains(kind) ? TensorLayout.shapes(other.getDescriptor(), kind) : Map.of();
      TensorLayout.shapes(one.getDescriptor(), kind)
          .forEach(
              (name, shape) -> {
                if (!shape.equals(theirs.get(name))) {
                  lacking.add(one.getName() + ": " + name + " " + shape);
                }
              });
    }
    return lacking;
  }

  private void add(TensorContainer a, TensorContainer b) {
    for (TensorContainer.Entry one : a.entries()) {
      TensorContainer.Entry other = b.find(one.name());
      if (other != null && Arrays.equals(one.shape(), other.shape())) {
        add(
            tensors.computeIfAbsent(one.name(), name -> new Sums()),
            a.read(one).toArray(),
            positions(a, one),
            b.read(other).toArray(),
            positions(b, other));
      }
    }
  }

  private static int[] positions(TensorContainer container, TensorContainer.Entry entry) {
    return entry.positions() == Positions.DENSE
        ? IntStream.range(0, entry.cells()).toArray()
        : container.positions(entry);
  }

  /**
   * @param a (C, positions of the first)
   */
  private static void add(Sums sums, float[] a, int[] ofA, float[] b, int[] ofB) {
    boolean equal = true;
    int i = 0;
    int j = 0;
    int channels = ofA.length > 0 ? a.length / ofA.length : 0;
    while (i < ofA.length || j < ofB.length) {
      sums.positions++;
      if (j == ofB.length || i < ofA.length && ofA[i] < ofB[j]) {
        sums.ofFirst++;
        i++;
      } else if (i == ofA.length || ofB[j] < ofA[i]) {
        sums.ofSecond++;
        j++;
      } else {
        for (int c = 0; c < channels; c++) {
          float one = a[c * ofA.length + i];
          double difference = Math.abs((double) one - b[c * ofB.length + j]);
          equal &= difference == 0;
          sums.largest = Math.max(sums.largest, difference);
          sums.sum += difference;
          sums.magnitude += Math.abs(one);
          sums.numbers++;
        }
        i++;
        j++;
      }
    }
    sums.views++;
    sums.equal += equal ? 1 : 0;
  }

  /** Decodes both. */
  private static final class Boxes {
    private final RecordedOutputs first;
    private final RecordedOutputs second;
    private final DetectionDecoder ofFirst;
    private final DetectionDecoder ofSecond;
    private final double score;
    private long matched;
    private long alone;
    private long other;

    private Boxes(RecordedOutputs first, RecordedOutputs second, double score) {
      this.first = first;
      this.second = second;
      this.score = score;
      DetectionDecoder.Limits limits = DetectionDecoder.Limits.above(score);
      this.ofFirst = first.decoder().with(limits);
      this.ofSecond = second.decoder().with(limits);
    }

    static Boxes of(RecordingComparison compared) {
      for (RecordingManifest recording : List.of(compared.first, compared.second)) {
        if (!DetectionDecoder.suits(recording.getDescriptor())
            || !kinds(recording).containsAll(RecordedOutputs.NEEDED)) {
          return null;
        }
      }
      try (ManifestStore manifests = new ManifestStore(compared.kafka)) {
        DatasetManifest dataset = manifests.requireDataset(compared.first.getDataset());
        return new Boxes(
            new RecordedOutputs(compared.first, dataset),
            new RecordedOutputs(compared.second, dataset),
            compared.score);
      }
    }

    void add(
        String viewId,
        Map<TensorKind, Map<String, TensorContainer>> a,
        Map<TensorKind, Map<String, TensorContainer>> b) {
      Disagreement found =
          Disagreement.of(decode(first, ofFirst, viewId, a), decode(second, ofSecond, viewId, b));
      matched += found.matched();
      alone += found.first();
      other += found.second();
    }

    private static List<Detection> decode(
        RecordedOutputs outputs,
        DetectionDecoder decoder,
        String viewId,
        Map<TensorKind, Map<String, TensorContainer>> containers) {
      return decoder.decode(
          outputs.of(
              containers.get(TensorKind.CLASS_SCORES).get(viewId),
              containers.get(TensorKind.BOX_LOGITS).get(viewId)),
          Float.MAX_VALUE,
          Float.MAX_VALUE);
    }

    BoxAgreement agreement() {
      return new BoxAgreement(score, matched, alone, other);
    }
  }
}
