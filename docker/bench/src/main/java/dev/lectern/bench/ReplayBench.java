package dev.lectern.bench;

import static dev.lectern.bench.Figures.median;
import static dev.lectern.bench.Figures.rounded;

import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.progress.Progress;
import dev.lectern.schemas.tensor.Compression;
import dev.lectern.schemas.tensor.Filter;
import dev.lectern.schemas.tensor.TensorEncoding;
import dev.lectern.schemas.tensor.Values;
import dev.lectern.schemas.view.CanvasSize;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How small the replay store is and how fast it is written and read, beside other stores on the
 * same tensors.
 *
 * <p>The store is read as training reads it: batches decoded ahead by threads, and by the one that
 * takes them while it would wait, in random order, checksums verified, every value landing in a
 * float32 buffer of a batch outside the heap. In every round each encoding and then the peers have
 * their turn, in the next one the other way round; of a round's epochs the best counts, of the
 * rounds the median. Peers run without the settings of memory that the launcher makes for Lectern.
 */
public final class ReplayBench {
  private static final Logger LOG = LoggerFactory.getLogger(ReplayBench.class);
  private static final int WARM_UP_ROUNDS = 2;

  /** Visits of an epoch whose processor time is far more than the system's steps of counting it. */
  private static final int LONG_ENOUGH = 4096;

  private final SampleOutputs sample;
  private final Settings settings;
  private final PeerBench peers;
  private final Progress.Factory progress;

  /**
   * What is measured.
   *
   * @param encodings how the tensors are stored
   * @param views how many are written; the sample is repeated; 0 for as many as the sample has
   * @param batchSize views of a batch
   * @param passes how often an epoch visits each view; 0 for as often as makes a long epoch
   * @param epochs of each round
   * @param rounds that count
   * @param decodeThreads threads that read and decode
   */
  public record Settings(
      List<TensorEncoding> encodings,
      int views,
      int batchSize,
      int passes,
      int epochs,
      int rounds,
      int decodeThreads) {
    public Settings {
      encodings = List.copyOf(encodings);
    }

    /** With numbers in place of the zeros. */
    Settings resolved(int sample) {
      int stored = views == 0 ? sample : views;
      int often = passes == 0 ? (LONG_ENOUGH + stored - 1) / stored : passes;
      return new Settings(encodings, stored, batchSize, often, epochs, rounds, decodeThreads);
    }
  }

  private ReplayBench(
      SampleOutputs sample, Settings settings, PeerBench peers, Progress.Factory progress) {
    this.sample = sample;
    this.settings = settings.resolved(sample.views());
    this.peers = peers;
    this.progress = progress;
  }

  /**
   * Measures with the tensors of a NumPy archive.
   *
   * @param peers other stores on the same archive; null for none
   */
  static ReplayBench ofArchive(
      Settings settings,
      Path tensors,
      List<CanvasSize> levels,
      PeerBench peers,
      Progress.Factory progress)
      throws IOException {
    return new ReplayBench(SampleOutputs.ofArchive(tensors, levels), settings, peers, progress);
  }

  /**
   * Measures with the outputs of a teacher.
   *
   * @param views how many of the recording's views make the sample
   */
  public static ReplayBench ofRecording(
      Settings settings,
      Map<String, Object> kafka,
      String recording,
      int views,
      Progress.Factory progress) {
    return new ReplayBench(
        SampleOutputs.ofRecording(kafka, recording, views), settings, null, progress);
  }

  /**
   * Reads {@code VALUES} or {@code VALUES/FILTER/COMPRESSION}, e.g. {@code int8} or {@code
   * float16/none/none}.
   *
   * @throws UserMistakeException if there is no such encoding
   */
  public static TensorEncoding encoding(String text) {
    String[] parts = text.toUpperCase(Locale.ROOT).replace('-', '_').split("/", -1);
    try {
      if (parts.length == 1) {
        return TensorEncoding.of(Values.valueOf(parts[0]));
      }
      if (parts.length == 3) {
        return new TensorEncoding(
            Values.valueOf(parts[0]), Filter.valueOf(parts[1]), Compression.valueOf(parts[2]));
      }
    } catch (IllegalArgumentException e) {
      throw new UserMistakeException("encoding '" + text + "': " + e.getMessage(), e);
    }
    throw new UserMistakeException(
        "encoding '" + text + "': expected e.g. int8 or float16/none/none");
  }

  static String name(TensorEncoding encoding) {
    return Arrays.asList(encoding.values(), encoding.filter(), encoding.compression()).stream()
        .map(part -> part.name().toLowerCase(Locale.ROOT).replace('_', '-'))
        .collect(Collectors.joining("/"));
  }

  /**
   * Measures in a folder that may be thrown away afterwards.
   *
   * @return figures by name, for JSON; KB and MB are powers of 1000
   */
  public Map<String, Object> run(Path folder) throws IOException, InterruptedException {
    List<StoreMeasurement> stores =
        settings.encodings().stream().map(e -> new StoreMeasurement(e, sample, settings)).toList();
    PeerBench usable = usablePeers();
    int all = WARM_UP_ROUNDS + settings.rounds();
    try (Progress shown = progress.start("replay", "rounds", all)) {
      for (int round = 0; round < all; round++) {
        boolean counts = round >= WARM_UP_ROUNDS;
        boolean peersFirst = round % 2 == 1;
        if (counts && usable != null && peersFirst) {
          usable.run(folder);
        }
        for (StoreMeasurement store : stores) {
          try (ScratchFolder own = ScratchFolder.in(folder)) {
            store.run(own.path(), counts);
          }
        }
        if (counts && usable != null && !peersFirst) {
          usable.run(folder);
        }
        shown.advance(1);
      }
    }
    return figures(stores, usable);
  }

  /** The peers that can run here; null for none. */
  private PeerBench usablePeers() throws InterruptedException {
    String obstacle = peers == null ? null : peers.obstacle();
    if (obstacle != null) {
      LOG.warn("the peers are left out: {}", obstacle);
      return null;
    }
    return peers;
  }

  private Map<String, Object> figures(List<StoreMeasurement> stores, PeerBench peers) {
    Map<String, Object> figures = new LinkedHashMap<>();
    figures.put("benchmark", "replay");
    figures.put("tensors", sample.source());
    figures.put("views", settings.views());
    figures.put("float32KbPerView", rounded(sample.float32Bytes() / 1e3));
    figures.put("batchSize", settings.batchSize());
    figures.put("passes", settings.passes());
    figures.put("epochs", settings.epochs());
    figures.put("rounds", settings.rounds());
    figures.put("decodeThreads", settings.decodeThreads());
    figures.put("stores", stores.stream().map(StoreMeasurement::figures).toList());
    if (peers != null) {
      figures.put("peers", peers.peers().entrySet().stream().map(ReplayBench::figures).toList());
    }
    return figures;
  }

  private static Map<String, Object> figures(Map.Entry<String, PeerBench.Peer> peer) {
    Map<String, Object> figures = new LinkedHashMap<>();
    figures.put("name", peer.getKey());
    figures.put("kbPerView", rounded(median(peer.getValue().kilobytes())));
    figures.put("writeMbPerSecond", rounded(median(peer.getValue().writeMbPerSecond())));
    figures.put("readViewsPerSecond", rounded(median(peer.getValue().imagesPerSecond())));
    figures.put("readViewsPerCpuSecond", rounded(median(peer.getValue().imagesPerCpuSecond())));
    figures.put("maxAbsError", median(peer.getValue().maxAbsError()));
    return figures;
  }
}
