package dev.lectern.report.inspect;

import dev.lectern.detector.pixel.LabelMap;
import dev.lectern.report.Page;
import dev.lectern.report.Photo;
import dev.lectern.report.Picture;
import dev.lectern.report.Tone;
import dev.lectern.schemas.log.EncodingText;
import dev.lectern.schemas.record.RecordingManifest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;

/** Lays out what there is to see of a recording that gives pixels their classes. */
public final class PixelPage {
  private PixelPage() {}

  /**
   * The page.
   *
   * @param classNames of the maps, in label order
   */
  public static Page of(
      RecordingManifest recording, List<String> classNames, List<SeenPixels> views) {
    Page page = new Page("Recording " + recording.getName(), "inspect");
    page.paragraph(
        "Dataset "
            + recording.getDataset()
            + ", teacher "
            + recording.getDescriptor().getName()
            + ". The teacher's classes are read from the recording. In the pictures of differences"
            + " red pixels are of another class.");
    page.table(
        List.of("recorded", ""),
        recording.getEncodings().stream()
            .map(kind -> List.of(kind.getKind().toString(), EncodingText.of(kind)))
            .toList());
    page.colours(colours(classNames, views));
    for (SeenPixels seen : views) {
      page.heading(seen.view().getViewId() + ", split " + seen.view().getSplit());
      page.narrow(photos(seen));
    }
    return page;
  }

  /** Of the classes that some picture shows. */
  private static Map<String, String> colours(List<String> names, List<SeenPixels> views) {
    TreeSet<Integer> shown = new TreeSet<>();
    for (SeenPixels seen : views) {
      for (LabelMap map : maps(seen).values()) {
        for (byte label : map.classes()) {
          shown.add(Byte.toUnsignedInt(label));
        }
      }
    }
    Map<String, String> colours = new LinkedHashMap<>();
    for (int label : shown) {
      colours.put(
          label == LabelMap.IGNORED ? "ignored" : names.get(label), ClassColours.css(label));
    }
    return colours;
  }

  private static Map<String, LabelMap> maps(SeenPixels seen) {
    Map<String, LabelMap> maps = new LinkedHashMap<>();
    if (seen.truth() != null) {
      maps.put("annotation", seen.truth());
    }
    maps.put("teacher", seen.teacher());
    if (seen.student() != null) {
      maps.put("student", seen.student());
    }
    return maps;
  }

  private static List<Photo> photos(SeenPixels seen) {
    String id = seen.view().getViewId();
    List<Photo> photos = new ArrayList<>();
    photos.add(
        new Photo("view", ViewFigures.picture(seen.view()), List.of(), List.of(), Tone.TRUTH));
    maps(seen)
        .forEach((name, map) -> photos.add(photo(name, ClassColours.map(name + "-" + id, map))));
    add(photos, "teacher and annotation", seen, seen.teacher(), seen.truth());
    add(photos, "student and annotation", seen, seen.student(), seen.truth());
    add(photos, "student and teacher", seen, seen.student(), seen.teacher());
    return photos;
  }

  private static void add(
      List<Photo> photos, String names, SeenPixels seen, LabelMap first, LabelMap second) {
    if (first != null && second != null) {
      String id = names.replace(' ', '-') + "-" + seen.view().getViewId();
      photos.add(
          photo(
              String.format(
                  Locale.ROOT,
                  "%s: %.1f %% of the pixels differ",
                  names,
                  100 * SeenPixels.difference(first, second)),
              ClassColours.difference(id, first, second)));
    }
  }

  private static Photo photo(String caption, Picture picture) {
    return new Photo(caption, picture, List.of(), List.of(), Tone.TRUTH);
  }
}
