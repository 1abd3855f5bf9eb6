package dev.lectern.trainer.catalogue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Every method that a run can name, with each of its variants, regions and choices in turn. */
public final class EveryForm {
  private EveryForm() {}

  /** The forms; the first of each method is the default. */
  public static Stream<LossConfig> all() {
    return LossCatalogue.methods().stream().flatMap(method -> of(method).stream());
  }

  private static List<LossConfig> of(Method method) {
    List<LossConfig> forms = new ArrayList<>();
    forms.add(LossConfig.of(method.name()));
    for (Region region : rest(method.regions())) {
      forms.add(form(method, "region", region.key()));
    }
    rest(method.variants())
        .forEach(variant -> forms.add(form(method, "variant", LossConfig.key(variant))));
    for (MethodKey key : method.keys()) {
      rest(key.choices()).forEach(choice -> forms.add(form(method, key.name(), choice)));
    }
    if (LossReader.hasAdapter(method)) {
      forms.add(form(method, "adapter", "conv1x1"));
      forms.add(form(method, "adapter", "conv3x3"));
    }
    return forms;
  }

  private static <T> List<T> rest(List<T> values) {
    return values.isEmpty() ? values : values.subList(1, values.size());
  }

  private static LossConfig form(Method method, String key, String value) {
    Map<String, Object> given = new HashMap<>(Map.of("name", method.name(), key, value));
    return LossConfig.of(given);
  }
}
