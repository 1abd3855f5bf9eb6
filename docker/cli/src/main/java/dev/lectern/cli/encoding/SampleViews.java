package dev.lectern.cli.encoding;

import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.log.TopicReader;
import dev.lectern.schemas.record.View;
import dev.lectern.schemas.topic.Topics;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;

/** The first views of a dataset's log, those with objects before others. */
public final class SampleViews {
  private SampleViews() {}

  /**
   * Reads views, the same ones whoever asks.
   *
   * @param kafka client properties
   * @throws UserMistakeException if the dataset has no views yet
   */
  public static List<View> read(Map<String, Object> kafka, String dataset, int count) {
    List<View> views = new ArrayList<>();
    try (TopicReader<String, View> reader = TopicReader.sequential(kafka, Topics.views(dataset))) {
      SortedMap<Integer, Long> ends = reader.endOffsets();
      reader
          .beginningOffsets()
          .forEach(
              (partition, begin) ->
                  reader.read(
                      partition,
                      begin,
                      Math.min(begin + count, ends.get(partition)),
                      record -> views.add(record.value())));
    }
    if (views.isEmpty()) {
      throw new UserMistakeException(
          "dataset '" + dataset + "': found no view to choose an encoding by");
    }
    return views.stream()
        .sorted(
            Comparator.comparing((View view) -> view.getGroundTruth().isEmpty())
                .thenComparing(View::getViewId))
        .limit(count)
        .toList();
  }
}
