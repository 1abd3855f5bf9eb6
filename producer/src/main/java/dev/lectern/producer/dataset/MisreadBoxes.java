package dev.lectern.producer.dataset;

import dev.lectern.schemas.config.BoxForm;
import dev.lectern.schemas.config.UserMistakeException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Whether the boxes of a split are written in another form than its format's.
 *
 * <p>Not safe for use by several threads.
 */
final class MisreadBoxes {
  private final Map<String, BoxForm> splits = new LinkedHashMap<>();

  /**
   * Looks at the boxes of an image.
   *
   * @param size width and height in pixels; null if unknown
   */
  void count(AnnotatedImage image, double[] size) {
    BoxForm form = splits.computeIfAbsent(image.split(), name -> new BoxForm());
    for (AnnotatedBox box : image.boxes()) {
      Supplier<String> where =
          () ->
              image.file().getFileName()
                  + " annotation "
                  + box.annotationId()
                  + ": found left, top, width, height "
                  + Boxes.text(box.x(), box.y(), box.width(), box.height());
      if (image.unit() == BoxUnit.PIXELS) {
        form.countPixels(new double[] {box.x(), box.y(), box.width(), box.height()}, size, where);
      } else {
        form.countFractions(
            new double[] {
              box.x() + box.width() / 2, box.y() + box.height() / 2, box.width(), box.height()
            },
            where);
      }
    }
  }

  /**
   * @throws UserMistakeException if a split's boxes are plainly of another form
   */
  void check() {
    splits.forEach(
        (name, form) ->
            form.fractions(BoxForm.FEW_ANNOTATED)
                .or(form::edges)
                .ifPresent(
                    found -> {
                      throw new UserMistakeException("split " + name + ": " + found);
                    }));
  }
}
