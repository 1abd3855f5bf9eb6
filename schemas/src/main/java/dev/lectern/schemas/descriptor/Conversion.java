package dev.lectern.schemas.descriptor;

import dev.lectern.schemas.record.ClassActivation;
import dev.lectern.schemas.record.RecordedTensor;
import dev.lectern.schemas.record.TeacherDescriptor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How a recorded tensor is made from a model's output: where the output has its channels, which of
 * them to take, and what their numbers are. As text, for example {@code rows 5:85 logit}; empty for
 * an output that is recorded as it is.
 *
 * @param layout of the output
 * @param from first channel
 * @param to the one after the last channel; 0 for all channels
 * @param numbers what the output holds
 */
public record Conversion(Layout layout, int from, int to, Numbers numbers) {
  /** No conversion: maps with the tensor's own channels and numbers. */
  public static final Conversion NONE = new Conversion(Layout.MAPS, 0, 0, Numbers.SAME);

  private static final Pattern TEXT =
      Pattern.compile("(\\p{Alpha}+)(?: +(\\d{1,6}):(\\d{1,6}))?(?: +([\\p{Alpha}-]+))?");

  /** Where an output has its channels. R: rows h, w, anchor of one level, or of all, fine first. */
  public enum Layout {
    /** (N, C, H, W). */
    MAPS,
    /** (N, H, W, C). */
    PIXELS,
    /** (N, C, R). */
    COLUMNS,
    /** (N, R, C). */
    ROWS;

    /** Whether it has rows instead of cells. */
    public boolean hasRows() {
      return this == COLUMNS || this == ROWS;
    }
  }

  /** What the numbers of an output are. */
  public enum Numbers {
    /** What the tensor holds. */
    SAME,
    /** Probabilities, whose logits the tensor holds, clipped at 16 on both sides. */
    LOGIT,
    /** Centre, width and height of boxes in pixels. */
    CXCYWH,
    /** Corners of boxes in pixels. */
    XYXY,
    /** Centre, width and height of boxes as parts of the input's width and height. */
    UNIT_CXCYWH,
    /** Corners of boxes as parts of the input's width and height. */
    UNIT_XYXY,
    /** How many rows of instances count, one number per view. */
    COUNT,
    /** A number per instance; those before the first that is not above 0 count. */
    POSITIVE;

    /** Whether they are boxes. */
    public boolean areBoxes() {
      return this == CXCYWH || this == XYXY || areParts();
    }

    /** Whether they are boxes as parts of the input's width and height. */
    public boolean areParts() {
      return this == UNIT_CXCYWH || this == UNIT_XYXY;
    }

    /** Whether they are boxes by their corners. */
    public boolean areCorners() {
      return this == XYXY || this == UNIT_XYXY;
    }

    private String text() {
      return word(this);
    }
  }

  /** The conversion that a text states; empty if it states none. */
  public static Optional<Conversion> parse(String text) {
    if (text.isBlank()) {
      return Optional.of(NONE);
    }
    Matcher m = TEXT.matcher(text.strip().toLowerCase(Locale.ROOT));
    if (!m.matches()) {
      return Optional.empty();
    }
    Optional<Layout> layout = named(Layout.values(), m.group(1));
    Optional<Numbers> numbers =
        m.group(4) == null ? Optional.of(Numbers.SAME) : named(Numbers.values(), m.group(4));
    int from = m.group(2) == null ? 0 : Integer.parseInt(m.group(2));
    int to = m.group(3) == null ? 0 : Integer.parseInt(m.group(3));
    boolean range = m.group(2) == null || from < to;
    return layout.isEmpty() || numbers.isEmpty() || !range
        ? Optional.empty()
        : Optional.of(new Conversion(layout.get(), from, to, numbers.get()));
  }

  private static <E extends Enum<E>> Optional<E> named(E[] values, String word) {
    for (E value : values) {
      if (word(value).equals(word)) {
        return Optional.of(value);
      }
    }
    return Optional.empty();
  }

  private static String word(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** The conversion of a tensor of a checked descriptor. */
  public static Conversion of(RecordedTensor tensor) {
    return parse(tensor.getConversion())
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "tensor " + tensor.getName() + ": conversion " + tensor.getConversion()));
  }

  /** What a text can be, for messages. */
  static String grammar() {
    return "maps, pixels, columns or rows; then channels as FROM:TO; then logit, cxcywh or xyxy; of"
        + " instances also unit-cxcywh, unit-xyxy, count or positive";
  }

  /** Whether the output is recorded as it is. */
  public boolean isNone() {
    return equals(NONE);
  }

  /** The text that states it, in one spelling. */
  public String text() {
    if (isNone()) {
      return "";
    }
    return word(layout)
        + (to == 0 ? "" : " " + from + ":" + to)
        + (numbers == Numbers.SAME ? "" : " " + numbers.text());
  }

  /** What cannot be had again after the conversion of a tensor; empty if nothing. */
  private Optional<String> loses(TensorRole role) {
    if (numbers == Numbers.LOGIT) {
      return Optional.of("logits beyond -16 and 16, since the export has probabilities");
    }
    if (numbers.areBoxes() && role == TensorRole.BOX_DISTANCES) {
      return Optional.of("distributions over the places of edges, since the export has boxes");
    }
    if (role == TensorRole.INSTANCE_SCORES) {
      return Optional.of(
          "class logits and distributions, since the export has detections: boxes, labels and"
              + " scores");
    }
    return Optional.empty();
  }

  /** What the conversions of a teacher's tensors lose, one line for each role and cause. */
  static List<String> losses(List<RecordedTensor> tensors) {
    Map<String, List<String>> rolesByLoss = new LinkedHashMap<>();
    for (RecordedTensor tensor : tensors) {
      TensorRole role = TensorLayout.role(tensor);
      of(tensor)
          .loses(role)
          .ifPresent(
              loss -> {
                List<String> roles = rolesByLoss.computeIfAbsent(loss, l -> new ArrayList<>());
                if (!roles.contains(role.prefix())) {
                  roles.add(role.prefix());
                }
              });
    }
    return rolesByLoss.entrySet().stream()
        .map(e -> String.join(", ", e.getValue()) + ": " + e.getKey())
        .toList();
  }

  /** Everything that cannot be in a tensor's conversion. */
  static void check(TeacherDescriptor teacher, RecordedTensor tensor, List<String> problems) {
    Conversion conversion = of(tensor);
    TensorRole role = TensorLayout.role(tensor);
    if (role.isOfInstances()) {
      conversion.checkInstances(teacher, tensor, role, problems);
      return;
    }
    if (conversion.numbers.areParts()
        || conversion.numbers == Numbers.COUNT
        || conversion.numbers == Numbers.POSITIVE) {
      problems.add(
          "tensor "
              + tensor.getName()
              + ": conversion '"
              + conversion.text()
              + "': expected it with instances alone");
    }
    int anchors =
        role == TensorRole.FEATURES ? 1 : HeadChannels.anchorsPerCell(teacher.getPriors());
    String key = "tensor " + tensor.getName() + ": conversion '" + conversion.text() + "': ";
    int channels = tensor.getShape().get(0) / (conversion.layout.hasRows() ? anchors : 1);
    if (conversion.to != 0 && conversion.to - conversion.from != channels) {
      problems.add(
          key
              + "found "
              + (conversion.to - conversion.from)
              + " channels, expected "
              + channels
              + (anchors > 1 && conversion.layout.hasRows() ? " of an anchor" : ""));
    }
    if (conversion.numbers == Numbers.LOGIT
        && role != TensorRole.CLASS_LOGITS
        && role != TensorRole.QUALITY) {
      problems.add(key + "expected logit with cls and ctr alone");
    }
    if (conversion.numbers == Numbers.LOGIT
        && role == TensorRole.CLASS_LOGITS
        && teacher.getClasses().getActivation() == ClassActivation.SOFTMAX) {
      problems.add(key + "found logit with classes.activation softmax, expected sigmoid");
    }
    if (conversion.numbers.areBoxes()
        && ((role != TensorRole.BOX_DISTANCES && role != TensorRole.BOX_CENTER) || anchors > 1)) {
      problems.add(key + "expected boxes with ltrb or center, and one point per cell");
    }
  }

  private void checkInstances(
      TeacherDescriptor teacher, RecordedTensor tensor, TensorRole role, List<String> problems) {
    String key = "tensor " + tensor.getName() + ": conversion '" + text() + "': ";
    List<Integer> shape = tensor.getShape();
    int columns = shape.size() == 1 ? 1 : shape.get(1);
    if (to != 0 && to - from != columns) {
      problems.add(key + "found " + (to - from) + " channels, expected " + columns);
    }
    if (layout == Layout.PIXELS) {
      problems.add(key + "expected rows or columns");
    }
    boolean isCount = numbers == Numbers.COUNT || numbers == Numbers.POSITIVE;
    if (isCount && role != TensorRole.INSTANCE_COUNT) {
      problems.add(key + "expected count and positive with rows alone");
    }
    if (numbers.areBoxes()
        && role != TensorRole.INSTANCE_BOXES
        && role != TensorRole.INSTANCE_REFERENCES) {
      problems.add(key + "expected boxes with boxes and references alone");
    }
    if (numbers == Numbers.LOGIT
        && (role != TensorRole.INSTANCE_LOGITS
            || teacher.getClasses().getActivation() == ClassActivation.SOFTMAX)) {
      problems.add(key + "expected logit with logits alone, and classes.activation sigmoid");
    }
  }
}
