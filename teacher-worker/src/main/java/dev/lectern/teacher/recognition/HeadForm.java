package dev.lectern.teacher.recognition;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * How the outputs of a file's head are read, in the words of a descriptor.
 *
 * @param export which export it is, for people
 * @param family what the head is called
 * @param input channel order, mean, std and resizing
 * @param classes key {@code classes}; empty for the default
 * @param boxes key {@code boxes}; empty where there is none
 * @param priors key {@code priors}; empty where there is none
 * @param quality key {@code quality}
 * @param anchors per cell
 * @param unsure what the file does not say
 * @param advice how to export so that less is lost
 */
record HeadForm(
    String export,
    String family,
    Map<String, Object> input,
    Map<String, Object> classes,
    Map<String, Object> boxes,
    Map<String, Object> priors,
    String quality,
    int anchors,
    List<String> unsure,
    List<String> advice) {
  /** With one more way to export so that less is lost. */
  HeadForm alsoAdvising(String what) {
    List<String> all = new ArrayList<>(advice);
    all.add(what);
    return new HeadForm(
        export, family, input, classes, boxes, priors, quality, anchors, unsure, List.copyOf(all));
  }

  /** With more that the file does not say. */
  HeadForm alsoUnsure(List<String> what) {
    List<String> all = new ArrayList<>(what);
    all.addAll(unsure);
    return new HeadForm(
        export, family, input, classes, boxes, priors, quality, anchors, List.copyOf(all), advice);
  }

  /** The role of the box tensors. */
  String boxRole() {
    String form = (String) boxes.get("form");
    return form.equals("distribution") ? "dist" : form;
  }
}
