package dev.lectern.schemas.log;

import dev.lectern.schemas.record.PayloadLocation;
import dev.lectern.schemas.record.Receipt;
import dev.lectern.schemas.record.TeacherTensors;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.schemas.serde.CorruptRecordException;
import dev.lectern.schemas.topic.Topic;
import dev.lectern.schemas.topic.Topics;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Reads payloads of a recording by their receipts: singly ({@link #read}) or many in log order
 * ({@link #scan}).
 *
 * <p>What comes out is whole and matches the receipt in view, teacher, kind, attempt, pixel digest,
 * chunk numbers, size and CRC32C. One thread at a time.
 */
public final class PayloadReader implements AutoCloseable {
  private final Map<String, Object> client;
  private final String recording;
  private final Map<TensorKind, TopicReader<String, TeacherTensors>> singly =
      new EnumMap<>(TensorKind.class);
  private final Map<TensorKind, TopicReader<String, TeacherTensors>> inOrder =
      new EnumMap<>(TensorKind.class);

  /** Takes what a scan finds, partition by partition in log order of the last chunks. */
  public interface Handler {
    /**
     * @param payload a tensor container, from position to limit
     */
    void payload(Receipt receipt, PayloadLocation location, ByteBuffer payload);

    /** A payload that cannot be had; the default ends the scan. */
    default void failed(Receipt receipt, TensorKind kind, PayloadException why) {
      throw why;
    }

    /** A record that no receipt names, not decoded yet; the default leaves it so. */
    default void unclaimed(LogRecord<String, TeacherTensors> record) {}

    /**
     * What no receipt names and cannot be read; the default says nothing of it.
     *
     * @param at {@code topic-partition@offset}
     * @param why what was found there
     */
    default void unclaimed(String at, String why) {}
  }

  /**
   * @param client Kafka client properties, at least {@code bootstrap.servers}
   * @param recording its name
   */
  public PayloadReader(Map<String, ?> client, String recording) {
    this.client = new HashMap<>(client);
    this.recording = Topics.checkedName(recording);
  }

  /**
   * The payload of one kind.
   *
   * @return a tensor container, from position to limit
   * @throws PayloadException if it is absent from receipt or log, damaged, or not what the receipt
   *     says
   */
  public ByteBuffer read(Receipt receipt, TensorKind kind) {
    PayloadAssembly assembly = new PayloadAssembly(receipt, location(receipt, kind));
    PayloadLocation location = checked(assembly);
    TopicReader<String, TeacherTensors> reader =
        singly.computeIfAbsent(kind, k -> TopicReader.randomAccess(client, topic(k)));
    try {
      for (int i = 0; i < location.getOffsets().size(); i++) {
        int chunk = i;
        long offset = location.getOffsets().get(i);
        reader.read(
            location.getPartition(),
            offset,
            offset + 1,
            record -> assembly.add(chunk, record.value()),
            (at, why) -> {
              throw assembly.failure(reader.coordinates(location.getPartition(), at) + ": " + why);
            });
      }
    } catch (LostRecordsException | CorruptRecordException e) {
      throw assembly.failure(e.getMessage(), e);
    }
    return assembly.payload();
  }

  /** Where the receipt says the payload of a kind lies. */
  public static PayloadLocation location(Receipt receipt, TensorKind kind) {
    for (PayloadLocation location : receipt.getPayloads()) {
      if (location.getKind() == kind) {
        return location;
      }
    }
    throw new PayloadException("view " + receipt.getViewId() + ": receipt lists no " + kind);
  }

  /**
   * Reads the payloads of one kind of many views, each partition once from the first to the last of
   * them.
   *
   * <p>Much faster than reading singly when most of the range is wanted. A receipt without this
   * kind fails.
   */
  public void scan(Collection<Receipt> receipts, TensorKind kind, Handler handler) {
    SortedMap<Integer, SortedMap<Long, List<Piece>>> wanted = wanted(receipts, kind, handler);
    if (wanted.isEmpty()) {
      return;
    }
    TopicReader<String, TeacherTensors> reader = inOrder(kind);
    SortedMap<Integer, Long> begins = reader.beginningOffsets();
    SortedMap<Integer, Long> ends = reader.endOffsets();
    // One partition after the other: the kinds of a recording come in the same order of views, and
    // an archive that breaks off holds whole views.
    wanted.forEach(
        (partition, pieces) -> {
          long from = Math.max(pieces.firstKey(), begins.getOrDefault(partition, Long.MAX_VALUE));
          long to = Math.min(pieces.lastKey() + 1, ends.getOrDefault(partition, 0L));
          new Scan(pieces, handler).read(reader, partition, from, to);
        });
  }

  /** As {@link #scan}, but from the first record of the topic to its present end. */
  public void scanTopic(Collection<Receipt> receipts, TensorKind kind, Handler handler) {
    SortedMap<Integer, SortedMap<Long, List<Piece>>> wanted = wanted(receipts, kind, handler);
    TopicReader<String, TeacherTensors> reader = inOrder(kind);
    SortedMap<Integer, Long> begins = reader.beginningOffsets();
    SortedMap<Integer, Long> ends = reader.endOffsets();
    begins.keySet().forEach(partition -> wanted.computeIfAbsent(partition, p -> new TreeMap<>()));
    wanted.forEach(
        (partition, pieces) ->
            new Scan(pieces, handler)
                .read(
                    reader,
                    partition,
                    begins.getOrDefault(partition, 0L),
                    ends.getOrDefault(partition, 0L)));
  }

  private TopicReader<String, TeacherTensors> inOrder(TensorKind kind) {
    return inOrder.computeIfAbsent(kind, k -> TopicReader.sequential(client, topic(k)));
  }

  /** By partition and offset, what of the payloads lies there; those that cannot be had fail. */
  private SortedMap<Integer, SortedMap<Long, List<Piece>>> wanted(
      Collection<Receipt> receipts, TensorKind kind, Handler handler) {
    SortedMap<Integer, SortedMap<Long, List<Piece>>> wanted = new TreeMap<>();
    for (Receipt receipt : receipts) {
      try {
        PayloadAssembly assembly = new PayloadAssembly(receipt, location(receipt, kind));
        PayloadLocation location = checked(assembly);
        SortedMap<Long, List<Piece>> partition =
            wanted.computeIfAbsent(location.getPartition(), p -> new TreeMap<>());
        for (int i = 0; i < location.getOffsets().size(); i++) {
          partition
              .computeIfAbsent(location.getOffsets().get(i), o -> new ArrayList<>(1))
              .add(new Piece(assembly, i));
        }
      } catch (PayloadException e) {
        handler.failed(receipt, kind, e);
      }
    }
    return wanted;
  }

  private record Piece(PayloadAssembly assembly, int chunk) {}

  /** One pass over a partition. */
  private static final class Scan {
    private final SortedMap<Long, List<Piece>> pending;
    private final Handler handler;
    private final Set<PayloadAssembly> failed = new HashSet<>();

    Scan(SortedMap<Long, List<Piece>> wanted, Handler handler) {
      this.pending = wanted;
      this.handler = handler;
    }

    void read(TopicReader<String, TeacherTensors> reader, int partition, long from, long to) {
      reader.read(
          partition,
          from,
          to,
          this::take,
          (offset, why) -> damaged(reader.coordinates(partition, offset), offset, why));
      finish();
    }

    private void take(LogRecord<String, TeacherTensors> record) {
      List<Piece> pieces = pending.remove(record.offset());
      if (pieces == null) {
        handler.unclaimed(record);
        return;
      }
      for (Piece piece : pieces) {
        PayloadAssembly assembly = piece.assembly();
        if (failed.contains(assembly)) {
          continue;
        }
        ByteBuffer payload;
        try {
          if (!assembly.add(piece.chunk(), record.value())) {
            continue;
          }
          payload = assembly.payload();
        } catch (CorruptRecordException e) {
          fail(assembly, assembly.failure(e.getMessage(), e));
          continue;
        } catch (PayloadException e) {
          fail(assembly, e);
          continue;
        }
        handler.payload(assembly.receipt(), assembly.location(), payload);
      }
    }

    private void damaged(String coordinates, long offset, String why) {
      List<Piece> pieces = pending.remove(offset);
      if (pieces == null) {
        handler.unclaimed(coordinates, why);
        return;
      }
      for (Piece piece : pieces) {
        PayloadAssembly assembly = piece.assembly();
        if (!failed.contains(assembly)) {
          fail(assembly, assembly.failure(coordinates + ": " + why));
        }
      }
    }

    /** Reports the payloads of which a chunk never came. */
    private void finish() {
      for (List<Piece> pieces : pending.values()) {
        for (Piece piece : pieces) {
          if (!failed.contains(piece.assembly())) {
            try {
              piece.assembly().payload();
              throw new IllegalStateException(
                  "a payload cannot be complete without its last chunk");
            } catch (PayloadException e) {
              fail(piece.assembly(), e);
            }
          }
        }
      }
    }

    private void fail(PayloadAssembly assembly, PayloadException why) {
      failed.add(assembly);
      handler.failed(assembly.receipt(), assembly.location().getKind(), why);
    }
  }

  private PayloadLocation checked(PayloadAssembly assembly) {
    PayloadLocation location = assembly.location();
    String expected = topic(location.getKind()).name();
    if (!location.getTopic().equals(expected)) {
      throw assembly.failure("receipt names another topic, expected " + expected);
    }
    return location;
  }

  private Topic<String, TeacherTensors> topic(TensorKind kind) {
    return Topics.tensors(recording, kind);
  }

  @Override
  public void close() {
    singly.values().forEach(TopicReader::close);
    inOrder.values().forEach(TopicReader::close);
  }
}
