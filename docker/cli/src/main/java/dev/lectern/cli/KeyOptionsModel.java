package dev.lectern.cli;

import dev.lectern.schemas.config.ConfigKey;
import java.lang.reflect.Type;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import picocli.CommandLine.IModelTransformer;
import picocli.CommandLine.Model.ArgGroupSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** Adds the options that {@link KeyOptions} names, in a group of their own. */
final class KeyOptionsModel implements IModelTransformer {
  private static final String HEADING = "%nSettings, also keys of --config:%n";

  @Override
  public CommandSpec transform(CommandSpec command) {
    KeyOptions options = command.userObject().getClass().getAnnotation(KeyOptions.class);
    Map<String, ConfigKey> keys =
        ConfigKey.of(options.of()).stream()
            .collect(Collectors.toMap(ConfigKey::name, Function.identity()));
    ArgGroupSpec.Builder group = ArgGroupSpec.builder().exclusive(false).heading(HEADING);
    for (String option : options.keys()) {
      String[] nameAndLabel = option.split(" ", 2);
      ConfigKey key = keys.get(nameAndLabel[0]);
      if (key == null) {
        throw new IllegalStateException(options.of() + " has no key " + nameAndLabel[0]);
      }
      group.addArg(option(key, nameAndLabel.length == 2 ? nameAndLabel[1] : label(key)));
    }
    return command.addArgGroup(group.build());
  }

  private static OptionSpec option(ConfigKey key, String label) {
    OptionSpec.Builder option =
        OptionSpec.builder("--" + key.name()).description(description(key).replace("%", "%%"));
    if (isFlag(key)) {
      return option.type(Boolean.class).arity("0").build();
    }
    option.paramLabel(label);
    if (key.type() instanceof Class<?> type) {
      return option.type(isRead(type) ? boxed(type) : String.class).build();
    }
    return option.type(List.class).auxiliaryTypes(String.class).splitRegex(",").build();
  }

  /** Whether picocli reads its values; others are left to the configuration. */
  private static boolean isRead(Class<?> type) {
    return type.isEnum() || isWhole(type);
  }

  private static boolean isFlag(ConfigKey key) {
    return key.type() == boolean.class || key.type() == Boolean.class;
  }

  private static boolean isWhole(Type type) {
    return List.<Type>of(int.class, Integer.class, long.class, Long.class).contains(type);
  }

  private static Class<?> boxed(Class<?> type) {
    return type == int.class ? Integer.class : type == long.class ? Long.class : type;
  }

  private static String label(ConfigKey key) {
    return isWhole(key.type()) ? "N" : key.name().toUpperCase(Locale.ROOT);
  }

  private static String description(ConfigKey key) {
    String meaning = key.meaning();
    String range = key.range().isEmpty() ? "" : " (" + key.range() + ")";
    String sentence = Character.toUpperCase(meaning.charAt(0)) + meaning.substring(1) + range + ".";
    if (key.isRequired()) {
      return sentence + " Required.";
    }
    return key.shownDefault().isEmpty() || isFlag(key)
        ? sentence
        : sentence + " Default: " + key.shownDefault();
  }
}
