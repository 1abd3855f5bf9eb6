package dev.lectern.trainer.replay;

import dev.lectern.schemas.archive.RecordingArchive;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.schemas.record.View;
import dev.lectern.schemas.serde.AvroSerde;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Reads parts of views from archives, each by its place in a file. */
final class ArchivePartReader implements PartReader {
  private static final AvroSerde<View> VIEWS = new AvroSerde<>(View.class);

  private final RecordingArchive views;
  private final Map<String, RecordingArchive> recordings;

  /**
   * @param views holds the dataset
   * @param recordings by name
   */
  ArchivePartReader(RecordingArchive views, Map<String, RecordingArchive> recordings) {
    this.views = views;
    this.recordings = recordings;
  }

  @Override
  public ByteBuffer readSingly(PartLocation part) {
    return part.isView()
        ? bytes(part, views.view(part.viewId()))
        : recordings.get(part.recording()).payload(part.viewId(), part.kind());
  }

  @Override
  public void readInOrder(
      Collection<PartLocation> wanted, BiConsumer<PartLocation, ByteBuffer> sink) {
    Map<String, PartLocation> ofViews =
        byView(wanted.stream().filter(PartLocation::isView).toList());
    views.views(
        ofViews.keySet(),
        view -> {
          PartLocation part = ofViews.get(view.getViewId());
          sink.accept(part, bytes(part, view));
        });
    Map<String, Map<TensorKind, List<PartLocation>>> payloads =
        wanted.stream()
            .filter(part -> !part.isView())
            .collect(
                Collectors.groupingBy(
                    PartLocation::recording,
                    TreeMap::new,
                    Collectors.groupingBy(PartLocation::kind, TreeMap::new, Collectors.toList())));
    payloads.forEach(
        (recording, kinds) ->
            kinds.forEach(
                (kind, parts) -> {
                  Map<String, PartLocation> byView = byView(parts);
                  recordings
                      .get(recording)
                      .payloads(
                          byView.keySet(),
                          kind,
                          (viewId, payload) -> sink.accept(byView.get(viewId), payload));
                }));
  }

  private static Map<String, PartLocation> byView(List<PartLocation> parts) {
    return parts.stream().collect(Collectors.toMap(PartLocation::viewId, Function.identity()));
  }

  /** As it would lie on the log. */
  private static ByteBuffer bytes(PartLocation part, View view) {
    PartReader.requireView("archive", part, view);
    return ByteBuffer.wrap(VIEWS.serializer().serialize(part.viewId(), view));
  }

  @Override
  public void close() {}
}
