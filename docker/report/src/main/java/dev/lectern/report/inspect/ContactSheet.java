package dev.lectern.report.inspect;

import dev.lectern.report.Page;
import dev.lectern.report.Photo;
import dev.lectern.report.Tone;
import dev.lectern.schemas.file.OutputFile;
import dev.lectern.schemas.record.View;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Lays out the views that a plan makes of some images, with their annotations. */
public final class ContactSheet {
  /** Recognises a page of this kind. */
  public static final OutputFile.Mark MARK = Page.mark("preview");

  private ContactSheet() {}

  /**
   * The page.
   *
   * @param plan what the views were made by
   * @param classNames of the dataset
   * @param views those of an image one after the other
   */
  public static Page of(String plan, List<String> classNames, List<View> views) {
    Map<String, List<View>> images = new LinkedHashMap<>();
    views.forEach(
        view -> images.computeIfAbsent(view.getImageId(), id -> new ArrayList<>()).add(view));
    Page page = new Page("Views of plan " + plan, "preview");
    page.key(Map.of(Tone.TRUTH, "annotation"));
    images.forEach(
        (image, own) -> {
          page.heading(image + ", split " + own.get(0).getSplit());
          page.narrow(own.stream().map(view -> photo(view, classNames)).toList());
        });
    return page;
  }

  private static Photo photo(View view, List<String> classNames) {
    int objects = view.getGroundTruth().size();
    return new Photo(
        "view " + view.getViewNumber() + ", " + objects + (objects == 1 ? " object" : " objects"),
        ViewFigures.picture(view),
        List.of(),
        ViewFigures.annotations(view.getGroundTruth(), classNames),
        Tone.TRUTH);
  }
}
