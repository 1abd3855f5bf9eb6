package dev.lectern.watch;

import dev.lectern.schemas.descriptor.FamilyPreset;
import dev.lectern.schemas.record.ApPoint;
import dev.lectern.schemas.record.ChannelOrder;
import dev.lectern.schemas.record.CurvePoint;
import dev.lectern.schemas.record.DatasetManifest;
import dev.lectern.schemas.record.Heartbeat;
import dev.lectern.schemas.record.LedgerStatus;
import dev.lectern.schemas.record.Phase;
import dev.lectern.schemas.record.PixelFormat;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.schemas.record.RunStatus;
import dev.lectern.schemas.record.StageTime;
import dev.lectern.schemas.record.State;
import dev.lectern.schemas.record.TeacherDescriptor;
import dev.lectern.schemas.record.WorkerStatus;
import dev.lectern.schemas.serde.Status;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Made-up fleets: an open and a sealed recording, two workers, two runs. */
public final class Fleets {
  static final Instant NOW = Instant.parse("2026-11-21T10:00:00Z");
  static final long NOW_MS = NOW.toEpochMilli();
  static final long CREATED_MS = NOW_MS - 600_000;

  private Fleets() {}

  /** What {@code lectern status} would show of it, with a question of when it ends. */
  public static FleetView busy() {
    return snapshot().view(NOW.plusSeconds(600));
  }

  /** A snapshot of it. */
  public static FleetSnapshot snapshot() {
    return new FleetSnapshot(observations(), "kafka-1:9092");
  }

  static Observations observations() {
    return new Observations(
        NOW_MS,
        List.of(dataset()),
        List.of(recording("mini-plus", State.OPEN), recording("older", State.SEALED)),
        Map.of(),
        Map.of(
            "mini-plus",
            List.of(
                new RecordingView.Cause(
                    "pixels do not match their SHA-256", 3, "c#0", "2026-11-21T09:58:00Z"))),
        List.of(
            received(ledger(CREATED_MS), 1),
            received(worker("gpu-1", Phase.WORKING, 12), 1),
            received(worker("gpu-2", Phase.WORKING, 0), 120),
            received(run("with-ld", Phase.WORKING), 2),
            received(run("without", Phase.FAILED), 300)),
        List.of("topic mini-plus.class-scores: the broker deletes records older than 60 s"));
  }

  static ReceivedStatus received(Status status, long secondsAgo) {
    return new ReceivedStatus(status, NOW_MS - secondsAgo * 1000);
  }

  static Heartbeat beat(Phase phase) {
    return new Heartbeat(
        "host-a",
        phase,
        phase == Phase.FAILED ? "step 7: found losses {ld=NaN}" : "",
        NOW_MS - 300_000,
        NOW_MS - 1000,
        5000L);
  }

  static DatasetManifest dataset() {
    return DatasetManifest.newBuilder()
        .setName("mini")
        .setState(State.SEALED)
        .setClassNames(List.of("cat", "dog"))
        .setCategoryIds(List.of(1L, 2L))
        .setSourceFormat("coco")
        .setWidth(416)
        .setHeight(416)
        .setViewsPerImage(2)
        .setPixelFormat(PixelFormat.PNG)
        .setImages(500)
        .setViews(1000)
        .setObjects(3214)
        .setSplits(Map.of("train", 1000L))
        .setProblems(Map.of("truncated-image", 1L))
        .setUpdatedAt(NOW_MS - 900_000)
        .build();
  }

  static RecordingManifest recording(String name, State state) {
    boolean sealed = state == State.SEALED;
    return RecordingManifest.newBuilder()
        .setName(name)
        .setState(state)
        .setDataset("mini")
        .setTeacherId("nanodet@00ff")
        .setDescriptor(descriptor())
        .setEncodings(List.of())
        .setExpected(sealed ? 1000L : 0L)
        .setRecorded(sealed ? 999L : 0L)
        .setDeadLettered(sealed ? 1L : 0L)
        .setBytesPerKind(sealed ? Map.of("BOX_LOGITS", 5000L) : Map.of())
        .setDigest(sealed ? "ab" : "")
        .setCreatedAt(CREATED_MS)
        .setSealedAt(sealed ? NOW_MS : 0L)
        .build();
  }

  private static TeacherDescriptor descriptor() {
    return FamilyPreset.named("GFL")
        .describe(8, 0.0, List.of("cat", "dog"), List.of())
        .setName("nanodet")
        .setInputName("image")
        .setInputWidth(416)
        .setInputHeight(416)
        .setChannelOrder(ChannelOrder.BGR)
        .setMean(List.of())
        .setStd(List.of())
        .setBatchSize(8)
        .build();
  }

  static Status ledger(long recordingCreatedAt) {
    return new Status.OfLedger(
        new LedgerStatus(
            beat(Phase.WORKING),
            "mini-plus",
            recordingCreatedAt,
            1000L,
            397L,
            3L,
            2L,
            0L,
            Map.of("CLASS_SCORES", 140_000_000L, "FPN_FEATURES", 320_000_000L),
            30_000L,
            12.0,
            2L));
  }

  static Status worker(String name, Phase phase, double viewsPerSecond) {
    return new Status.OfWorker(
        new WorkerStatus(
            beat(phase),
            name,
            "mini-plus",
            "mini",
            "nanodet@00ff",
            "cuda:0",
            8,
            200L,
            3L,
            0L,
            230_000_000L,
            30_000L,
            viewsPerSecond,
            viewsPerSecond * 1.2e6,
            12.5,
            7.9,
            List.of(
                new StageTime("decode", 3.2, 0.04),
                new StageTime("batch", 0.9, 0.01),
                new StageTime("inference", 80.0, 0.96),
                new StageTime("encode", 6.9, 0.08),
                new StageTime("publish", 14.2, 0.17),
                new StageTime("wait-views", 2.5, 0.03),
                new StageTime("wait-decode", 0.0, 0.0),
                new StageTime("wait-encode", 0.8, 0.01),
                new StageTime("wait-publish", 0.0, 0.0))));
  }

  static Status run(String name, Phase phase) {
    List<CurvePoint> curve = new ArrayList<>();
    for (int i = 1; i <= 100; i++) {
      float loss = (float) (2 + 20 / Math.sqrt(i));
      curve.add(new CurvePoint((long) i * 4, i / 25f, loss, List.of(loss * 0.6f, loss * 0.4f)));
    }
    return new Status.OfRun(
        new RunStatus(
            beat(phase),
            name + "-0011aabb",
            name,
            List.of("mini-plus"),
            "resnet_gfl",
            "cpu",
            8,
            List.of("loss_cls", "loss_ld"),
            12,
            4,
            0,
            100,
            400L,
            0.01,
            30_000L,
            40.0,
            0.08,
            List.of(
                new StageTime("log", 0.0, 0.0),
                new StageTime("store", 1.1, 0.04),
                new StageTime("decode", 8.2, 0.33)),
            curve,
            List.of(
                new ApPoint(2, 200L, 0.05f, 0.1f, 0.04f),
                new ApPoint(4, 400L, 0.11f, 0.2f, 0.1f))));
  }
}
