package dev.lectern.bench;

import static dev.lectern.bench.Figures.median;
import static dev.lectern.bench.Figures.rounded;

import dev.lectern.schemas.log.PayloadReader;
import dev.lectern.schemas.progress.Progress;
import dev.lectern.schemas.record.IndexEntry;
import dev.lectern.schemas.record.PayloadLocation;
import dev.lectern.schemas.record.Receipt;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.schemas.topic.Topics;
import dev.lectern.trainer.replay.RecordingIndex;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * How fast payloads are read from the log in its order, verified and whole, beside a bare consumer
 * that looks at nothing.
 *
 * <p>Both read every payload of a recording once a round, in turn; the consumer has the same fetch
 * sizes. The median of the rounds counts.
 */
public final class LogBench {
  private static final int WARM_UP_ROUNDS = 2;

  private final int views;
  private final int rounds;
  private final Progress.Factory progress;

  /**
   * @param views how many are recorded
   * @param rounds that count
   */
  public LogBench(int views, int rounds, Progress.Factory progress) {
    this.views = views;
    this.rounds = rounds;
    this.progress = progress;
  }

  /**
   * Runs in a folder that may be thrown away afterwards.
   *
   * @return figures by name, for JSON; MB are 1000000 bytes
   */
  public Map<String, Object> run(Path folder) throws IOException, InterruptedException {
    try (BenchRecording recording = BenchRecording.standIn(folder, views, progress);
        RecordingIndex index = RecordingIndex.open(recording.kafka(), BenchRecording.NAME)) {
      List<Receipt> receipts =
          index.dataset().getSplits().keySet().stream()
              .flatMap(split -> index.entries(split).values().stream())
              .map(IndexEntry::getReceipt)
              .toList();
      List<Double> reader = new ArrayList<>();
      List<Double> consumer = new ArrayList<>();
      for (int round = 0; round < WARM_UP_ROUNDS + rounds; round++) {
        boolean readerFirst = round % 2 == 0;
        double first = readerFirst ? read(recording, receipts) : consume(recording);
        double second = readerFirst ? consume(recording) : read(recording, receipts);
        if (round >= WARM_UP_ROUNDS) {
          reader.add(readerFirst ? first : second);
          consumer.add(readerFirst ? second : first);
        }
      }
      return figures(receipts, reader, consumer);
    }
  }

  /** Reads every payload as replay without a store does for a whole recording; seconds. */
  private static double read(BenchRecording recording, Collection<Receipt> receipts) {
    long start = System.nanoTime();
    long[] bytes = new long[1];
    for (TensorKind kind : kinds(receipts)) {
      try (PayloadReader reader = new PayloadReader(recording.kafka(), BenchRecording.NAME)) {
        reader.scan(
            receipts, kind, (receipt, location, payload) -> bytes[0] += payload.remaining());
      }
    }
    require(bytes[0] == bytes(receipts), bytes[0] + " payload bytes");
    return (System.nanoTime() - start) / 1e9;
  }

  private static List<TensorKind> kinds(Collection<Receipt> receipts) {
    return receipts.iterator().next().getPayloads().stream().map(PayloadLocation::getKind).toList();
  }

  /** Takes in every record of the payload topics; seconds. */
  private static double consume(BenchRecording recording) {
    long start = System.nanoTime();
    for (TensorKind kind : TensorKind.values()) {
      Map<String, Object> settings = new LinkedHashMap<>(recording.kafka());
      settings.put(ConsumerConfig.FETCH_MAX_BYTES_CONFIG, 64 << 20);
      settings.put(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, 16 << 20);
      // Else it would sit out half a second at the end of each partition.
      settings.put(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, 5);
      settings.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
      try (KafkaConsumer<byte[], byte[]> consumer =
          new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
        List<TopicPartition> partitions =
            consumer.partitionsFor(Topics.tensors(BenchRecording.NAME, kind).name()).stream()
                .map(p -> new TopicPartition(p.topic(), p.partition()))
                .toList();
        consumer.assign(partitions);
        consumer.seekToBeginning(partitions);
        Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
        long bytes = 0;
        while (ends.entrySet().stream()
            .anyMatch(e -> consumer.position(e.getKey()) < e.getValue())) {
          for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(200))) {
            bytes += record.value().length;
          }
        }
        require(bytes > 0, "no record of " + kind);
      }
    }
    return (System.nanoTime() - start) / 1e9;
  }

  private static long bytes(Collection<Receipt> receipts) {
    return receipts.stream()
        .flatMap(receipt -> receipt.getPayloads().stream())
        .mapToLong(PayloadLocation::getSize)
        .sum();
  }

  private static void require(boolean holds, String found) {
    if (!holds) {
      throw new IllegalStateException("found " + found);
    }
  }

  private Map<String, Object> figures(
      List<Receipt> receipts, List<Double> reader, List<Double> consumer) {
    double megabytes = bytes(receipts) / 1e6;
    Map<String, Object> figures = new LinkedHashMap<>();
    figures.put("benchmark", "log");
    figures.put("views", receipts.size());
    figures.put("kbPerView", rounded(megabytes * 1e3 / receipts.size()));
    figures.put("rounds", rounds);
    figures.put("readerMbPerSecond", rounded(megabytes / median(reader)));
    figures.put("consumerMbPerSecond", rounded(megabytes / median(consumer)));
    figures.put("ratio", rounded(median(consumer) / median(reader)));
    return figures;
  }
}
