package dev.lectern.schemas.log;

import dev.lectern.schemas.record.CatalogEntry;
import dev.lectern.schemas.record.DatasetManifest;
import dev.lectern.schemas.record.IndexEntry;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.schemas.topic.Topic;
import dev.lectern.schemas.topic.Topics;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;

/**
 * Compares what was read of a sealed index or catalog with the digest that its manifest states.
 *
 * <p>Both topics are compacted: a later record of the same key, which is no part of what was
 * sealed, lets the broker erase the sealed one.
 */
final class SealCheck {
  private SealCheck() {}

  static void index(
      Map<String, ?> client, RecordingManifest manifest, SortedMap<String, IndexEntry> entries) {
    String found = RecordingDigest.of(manifest.getTeacherId(), manifest.getEncodings(), entries);
    if (entries.size() == manifest.getRecorded() && found.equals(manifest.getDigest())) {
      return;
    }
    throw new CorruptRecordingException(
        "recording '"
            + manifest.getName()
            + "': "
            + difference(entries.size(), found, manifest.getRecorded(), manifest.getDigest())
            + where(client, Topics.index(manifest.getName()), manifest.getEndOffsets())
            + "; to rebuild the index: lectern recordings repair "
            + manifest.getName());
  }

  static void catalog(
      Map<String, ?> client, DatasetManifest manifest, SortedMap<String, CatalogEntry> views) {
    String found = DatasetDigest.ofCatalog(views);
    if (views.size() == manifest.getViews() && found.equals(manifest.getDigest())) {
      return;
    }
    throw new CorruptRecordingException(
        "dataset '"
            + manifest.getName()
            + "': "
            + difference(views.size(), found, manifest.getViews(), manifest.getDigest())
            + where(client, Topics.catalog(manifest.getName()), manifest.getEndOffsets())
            + "; to rebuild the catalog: lectern recordings repair, with a recording of this"
            + " dataset");
  }

  private static String difference(
      long found, String foundDigest, long sealed, String sealedDigest) {
    return "found "
        + found
        + " views with digest "
        + foundDigest
        + ", sealed were "
        + sealed
        + " with digest "
        + sealedDigest;
  }

  /** Names the partitions that are longer or shorter than when they were sealed. */
  private static String where(
      Map<String, ?> client, Topic<?, ?> topic, Map<String, Long> sealedEnds) {
    SortedMap<String, Long> ends = TopicReader.ends(client, List.of(topic));
    if (ends.isEmpty()) {
      return "; " + topic.name() + " does not exist";
    }
    List<String> changed =
        ends.entrySet().stream()
            .filter(end -> sealedEnds.containsKey(end.getKey()))
            .filter(end -> !sealedEnds.get(end.getKey()).equals(end.getValue()))
            .map(
                end ->
                    end.getKey()
                        + " ends at "
                        + end.getValue()
                        + ", sealed at "
                        + sealedEnds.get(end.getKey()))
            .toList();
    return changed.isEmpty() ? " on " + topic.name() : "; " + String.join("; ", changed);
  }
}
