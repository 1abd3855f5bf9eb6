package dev.lectern.teacher.recording;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Compares the class names of a dataset with those of a teacher before anything is recorded: a run
 * matches classes by name, whatever their order.
 */
final class ClassNameCheck {
  /** Names of Pascal VOC and early COCO files, and what COCO calls them today. */
  private static final Map<String, String> FORMER =
      Map.of(
          "aeroplane", "airplane",
          "motorbike", "motorcycle",
          "sofa", "couch",
          "tvmonitor", "tv");

  private ClassNameCheck() {}

  /**
   * What does not fit, each as a sentence; nothing if every class of the dataset is one of the
   * teacher's.
   */
  static List<String> differences(
      String dataset, List<String> datasetNames, String teacher, List<String> teacherNames) {
    List<String> found = new ArrayList<>();
    Set<String> twice = repeated(teacherNames);
    if (!twice.isEmpty()) {
      found.add("teacher '" + teacher + "' names a class twice: " + String.join(", ", twice));
    }
    Map<String, String> byForm = new HashMap<>();
    teacherNames.forEach(name -> byForm.putIfAbsent(form(name), name));
    List<String> spelt = new ArrayList<>();
    List<String> unknown = new ArrayList<>();
    for (String name : datasetNames) {
      if (!teacherNames.contains(name)) {
        String same = byForm.get(form(name));
        if (same == null) {
          unknown.add("'" + name + "'");
        } else {
          spelt.add("'" + name + "' is '" + same + "' to the teacher");
        }
      }
    }
    if (!spelt.isEmpty()) {
      found.add(
          "dataset '"
              + dataset
              + "' and teacher '"
              + teacher
              + "' spell classes differently: "
              + String.join(", ", spelt)
              + "; correct the descriptor, or let runs rename them (key classes)");
    }
    if (!unknown.isEmpty()) {
      found.add(
          "teacher '"
              + teacher
              + "' does not know "
              + (unknown.size() == datasetNames.size() ? "any class" : String.join(", ", unknown))
              + " of dataset '"
              + dataset
              + "': runs learn no class logits from it unless they rename or merge these (key"
              + " classes)");
    }
    return found;
  }

  private static Set<String> repeated(List<String> names) {
    Set<String> seen = new HashSet<>();
    Set<String> twice = new TreeSet<>();
    for (String name : names) {
      if (!seen.add(name)) {
        twice.add("'" + name + "'");
      }
    }
    return twice;
  }

  /** Equal for names that differ in case, blanks, hyphens or age only. */
  private static String form(String name) {
    String plain = name.toLowerCase(Locale.ROOT).replaceAll("[\\s_-]+", "");
    return FORMER.getOrDefault(plain, plain);
  }
}
