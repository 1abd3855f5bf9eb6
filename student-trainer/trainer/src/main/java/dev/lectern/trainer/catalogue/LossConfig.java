package dev.lectern.trainer.catalogue;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.tensor.Values;
import dev.lectern.trainer.loss.Variant;
import dev.lectern.trainer.objective.DistillationTerm;
import dev.lectern.trainer.objective.LevelAdapter;
import dev.lectern.trainer.objective.TermNeeds;
import dev.lectern.trainer.objective.TermSchedule;
import dev.lectern.trainer.objective.TermSite;
import dev.lectern.trainer.target.RegionPart;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.stream.IntStream;

/**
 * One distillation term; an element of {@code losses} in a run's YAML. It has the keys that all
 * methods share and those of its own method; {@link LossReader} fills in defaults and checks.
 */
public final class LossConfig {
  private final Method method;
  private final Shared shared;
  private final Map<String, Object> own;

  /**
   * The keys that methods share.
   *
   * @param weight factor of the term; empty for the method's default
   * @param temperature softens both sides; 1 where the method has none
   * @param region where it applies; the main region where the method has none
   * @param variant which form
   * @param levels which levels, 0 is the finest; empty for all
   * @param adapter what matches the student's feature channels to the teacher's
   * @param precision the coarsest values that the teacher's outputs may be stored with
   * @param teachers which of the run's recordings; empty for all, each with weight 1
   * @param schedule factor over time
   */
  record Shared(
      OptionalDouble weight,
      double temperature,
      Region region,
      Variant variant,
      List<Integer> levels,
      TermSite.Adapter adapter,
      Values precision,
      List<Teacher> teachers,
      TermSchedule schedule) {}

  /**
   * A teacher that a term listens to.
   *
   * @param recording its name
   * @param weight factor beside that of the term
   */
  public record Teacher(String recording, double weight) {}

  LossConfig(Method method, Shared shared, Map<String, Object> own) {
    this.method = method;
    this.shared = shared;
    this.own = new LinkedHashMap<>(own);
  }

  /**
   * Reads an element of {@code losses}.
   *
   * @throws IllegalArgumentException with everything that is wrong with it
   */
  @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
  public static LossConfig of(Map<String, Object> given) {
    return LossReader.read(given);
  }

  /** A method with its published settings. */
  public static LossConfig of(String name) {
    return of(Map.of("name", name));
  }

  /** A method with its published settings on a region. */
  public static LossConfig of(String name, Region region) {
    return of(Map.of("name", name, "region", region.key()));
  }

  /** What this is an instance of. */
  public Method method() {
    return method;
  }

  /** Name of the method. */
  public String name() {
    return method.name();
  }

  /**
   * Factor of the term for a student of K classes.
   *
   * @param classes K
   */
  public double weight(int classes) {
    return shared.weight().orElseGet(() -> method.defaultWeight(classes, variant()));
  }

  /** τ; 1 where the method has none. */
  public double temperature() {
    return shared.temperature();
  }

  /** Where it applies; the main region where the method has none. */
  public Region region() {
    return shared.region();
  }

  /** Which form. */
  public Variant variant() {
    return shared.variant();
  }

  /** Which levels, 0 is the finest; empty for all. */
  public List<Integer> levels() {
    return shared.levels();
  }

  /** What matches the student's feature channels to the teacher's. */
  public TermSite.Adapter adapter() {
    return shared.adapter();
  }

  /** Whether outputs that were stored with these values are exact enough. */
  public boolean accepts(Values stored) {
    List<Values> known = LossReader.PRECISIONS;
    return known.indexOf(stored) >= known.indexOf(precision());
  }

  /** The coarsest values that the teacher's outputs may be stored with. */
  public Values precision() {
    return shared.precision();
  }

  /** Which of the run's recordings; empty for all, each with weight 1. */
  public List<Teacher> teachers() {
    return shared.teachers();
  }

  /** Factor over time. */
  public TermSchedule schedule() {
    return shared.schedule();
  }

  /** What the term must be given. */
  public TermNeeds needs() {
    return method.needs().apply(this);
  }

  /** The term, set up at a teacher. */
  public DistillationTerm term(TermSite site) {
    return method.term().apply(this, site);
  }

  /** A number among the method's own keys. */
  double number(String key) {
    return ((Number) value(key)).doubleValue();
  }

  /** A whole number among the method's own keys. */
  int whole(String key) {
    return (Integer) value(key);
  }

  /** A word among the method's own keys. */
  String choice(String key) {
    return (String) value(key);
  }

  /** Whether a key without a default has a value. */
  boolean has(String key) {
    return own.containsKey(key);
  }

  private Object value(String key) {
    Object value = own.get(key);
    if (value == null) {
      throw new IllegalArgumentException(name() + " has no key " + key);
    }
    return value;
  }

  /** The region's rows, where ground truth decides them; γ is the method's own key. */
  RegionPart regionPart() {
    return region().part(has("gamma") ? number("gamma") : 0).orElseThrow();
  }

  /** The levels that the term reads at a site. */
  List<Integer> levelsAt(TermSite site) {
    return levels().isEmpty()
        ? IntStream.range(0, site.geometry().levels()).boxed().toList()
        : levels();
  }

  /** The adapters of those levels. */
  List<LevelAdapter> adaptersAt(TermSite site) {
    boolean any = method.channels().filter(c -> c == Method.Channels.ANY).isPresent();
    TermSite.Adapter wanted =
        any && adapter() == TermSite.Adapter.AUTO ? TermSite.Adapter.NONE : adapter();
    return site.adapters(levelsAt(site), wanted);
  }

  /**
   * Refuses a student of one class, of which a softmax over classes says nothing.
   *
   * @throws UserMistakeException that names methods for it
   */
  void requireClasses(TermSite site) {
    if (site.geometry().classes() < 2) {
      throw new UserMistakeException(
          "losses: found "
              + name()
              + " for a student of one class, expected at least 2: its softmax over classes is"
              + " always 1, so nothing would be learned; cwd_logits compares class maps of one"
              + " class");
    }
  }

  /** As a configuration writes it, every key with its value. */
  @JsonValue
  public Map<String, Object> toMap() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("name", name());
    shared.weight().ifPresent(given -> map.put("weight", given));
    method.temperature().ifPresent(published -> map.put("temperature", temperature()));
    if (!method.regions().isEmpty()) {
      map.put("region", region().key());
    }
    if (method.variants().size() > 1) {
      map.put("variant", key(variant()));
    }
    if (!levels().isEmpty()) {
      map.put("levels", levels());
    }
    if (LossReader.hasAdapter(method)) {
      map.put("adapter", key(adapter()));
    }
    if (precision() != Values.INT8) {
      map.put("precision", key(precision()));
    }
    if (!teachers().isEmpty()) {
      map.put("teachers", teachers());
    }
    if (!schedule().equals(TermSchedule.CONSTANT)) {
      map.put("schedule", ScheduleReader.toMap(schedule()));
    }
    map.putAll(own);
    return map;
  }

  /** A value of an enumeration as a configuration writes it. */
  public static String key(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }

  /** A value as a configuration writes it. */
  static String shown(Object value) {
    if (value instanceof Number number && number.doubleValue() == Math.rint(number.doubleValue())) {
      return Long.toString(number.longValue());
    }
    return String.valueOf(value);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof LossConfig loss && toMap().equals(loss.toMap());
  }

  @Override
  public int hashCode() {
    return toMap().hashCode();
  }

  @Override
  public String toString() {
    return toMap().toString();
  }
}
