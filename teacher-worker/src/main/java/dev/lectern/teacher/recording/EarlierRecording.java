package dev.lectern.teacher.recording;

import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.log.EncodingText;
import dev.lectern.schemas.log.Index;
import dev.lectern.schemas.log.ManifestStore;
import dev.lectern.schemas.log.PayloadException;
import dev.lectern.schemas.log.PayloadReader;
import dev.lectern.schemas.record.IndexEntry;
import dev.lectern.schemas.record.KindEncoding;
import dev.lectern.schemas.record.PositionEncoding;
import dev.lectern.schemas.record.Receipt;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.schemas.record.State;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.schemas.record.View;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a sealed recording of the same teacher and encoding holds, by the digest of the pixels: its
 * payloads are taken over for views of other datasets with the same pixels, and the teacher looks
 * at the others alone. Safe for several threads; one reads at a time.
 */
final class EarlierRecording implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(EarlierRecording.class);

  private final String name;
  private final Map<ByteBuffer, Receipt> byPixels;
  private final List<TensorKind> kinds;
  private final PayloadReader payloads;
  private final AtomicLong taken = new AtomicLong();

  private EarlierRecording(
      String name,
      Map<ByteBuffer, Receipt> byPixels,
      List<TensorKind> kinds,
      PayloadReader payloads) {
    this.name = name;
    this.byPixels = byPixels;
    this.kinds = kinds;
    this.payloads = payloads;
  }

  /** Nothing to take over. */
  static EarlierRecording none() {
    return new EarlierRecording("", Map.of(), List.of(), null);
  }

  /**
   * Loads which pixels a recording holds outputs of.
   *
   * @param teacherId of the worker's teacher
   * @param encodings of what the worker records
   * @throws UserMistakeException if the recording does not exist, is open, or holds something else
   */
  static EarlierRecording open(
      Map<String, Object> kafka, String name, String teacherId, List<KindEncoding> encodings) {
    RecordingManifest earlier;
    try (ManifestStore manifests = new ManifestStore(kafka)) {
      earlier = manifests.requireRecording(name);
    }
    require(earlier.getState() == State.SEALED, name, "an open recording", "a sealed one");
    require(
        earlier.getTeacherId().equals(teacherId),
        name,
        "teacher " + earlier.getTeacherId(),
        teacherId);
    for (KindEncoding encoding : encodings) {
      String wanted = EncodingText.of(encoding);
      require(
          encoding.getPositions() != PositionEncoding.REGIONS,
          name,
          encoding.getKind() + " " + wanted,
          "every position or top scores, since regions follow from annotations");
      String found =
          earlier.getEncodings().stream()
              .filter(other -> other.getKind() == encoding.getKind())
              .map(EncodingText::of)
              .findFirst()
              .orElse("absent");
      require(found.equals(wanted), name, encoding.getKind() + " " + found, "as here, " + wanted);
    }
    Map<ByteBuffer, Receipt> byPixels = new HashMap<>();
    // The sealed index alone: receipts that came later count for nobody.
    for (IndexEntry entry : Index.read(kafka, earlier).values()) {
      byPixels.putIfAbsent(entry.getView().getPixelsSha256(), entry.getReceipt());
    }
    LOG.info("outputs are taken over recording={} views={}", name, byPixels.size());
    return new EarlierRecording(
        name,
        byPixels,
        encodings.stream().map(KindEncoding::getKind).toList(),
        new PayloadReader(kafka, name));
  }

  private static void require(boolean holds, String name, String found, String expected) {
    if (!holds) {
      throw new UserMistakeException(
          "take-over: recording '" + name + "': found " + found + ", expected " + expected);
    }
  }

  /**
   * The payloads of a view with these pixels; empty where the teacher must look at it, or what is
   * stored cannot be read.
   */
  Optional<List<Payload>> of(View view) {
    Receipt receipt = byPixels.get(view.getPixelsSha256());
    if (receipt == null) {
      return Optional.empty();
    }
    List<Payload> found = new ArrayList<>();
    try {
      synchronized (payloads) {
        for (TensorKind kind : kinds) {
          ByteBuffer container = payloads.read(receipt, kind);
          byte[] bytes = new byte[container.remaining()];
          container.get(bytes);
          found.add(Payload.of(kind, bytes));
        }
      }
    } catch (PayloadException e) {
      LOG.warn("outputs are computed again view={} reason={}", view.getViewId(), e.getMessage());
      return Optional.empty();
    }
    taken.incrementAndGet();
    return Optional.of(found);
  }

  /** Views whose outputs were taken over. */
  long taken() {
    return taken.get();
  }

  @Override
  public void close() {
    if (payloads != null) {
      LOG.info("outputs were taken over recording={} views={}", name, taken());
      payloads.close();
    }
  }
}
