package dev.lectern.detector.layer;

import ai.djl.ndarray.NDArray;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import java.util.Collection;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The parameters of a network by name, in the order in which the network was built. */
public final class Parameters implements Iterable<Parameter> {
  private final Map<String, Parameter> byName;

  /**
   * Keeps the given order.
   *
   * @throws IllegalArgumentException if a name occurs twice
   */
  public Parameters(Collection<Parameter> parameters) {
    Map<String, Parameter> map = new LinkedHashMap<>();
    for (Parameter parameter : parameters) {
      if (map.put(parameter.name(), parameter) != null) {
        throw new IllegalArgumentException("two parameters are called " + parameter.name());
      }
    }
    byName = Collections.unmodifiableMap(map);
  }

  /**
   * The parameter of this name.
   *
   * @throws IllegalArgumentException if there is none
   */
  public Parameter get(String name) {
    Parameter parameter = byName.get(name);
    if (parameter == null) {
      throw new IllegalArgumentException("no parameter is called " + name);
    }
    return parameter;
  }

  /**
   * Checks the prefixes of names to freeze.
   *
   * @throws IllegalArgumentException if one of them starts no name
   */
  public void requireEach(List<String> frozenPrefixes) {
    for (String prefix : frozenPrefixes) {
      if (byName.keySet().stream().noneMatch(name -> name.startsWith(prefix))) {
        throw new IllegalArgumentException(
            "frozen: found " + prefix + ", expected the start of a parameter's name");
      }
    }
  }

  /** All of them by name, in order. */
  public Map<String, Parameter> byName() {
    return byName;
  }

  /** Those that the optimiser moves, in order. */
  public List<Parameter> learned() {
    return byName.values().stream().filter(Parameter::isLearned).collect(Collectors.toList());
  }

  /** Number of single values, statistics included. */
  public long valueCount() {
    return byName.values().stream().mapToLong(p -> p.shape().size()).sum();
  }

  /** Sets every gradient to zero; backward passes add to what is there. */
  public void clearGradients() {
    for (Parameter parameter : byName.values()) {
      if (parameter.isLearned()) {
        NDArray array = parameter.array();
        JniUtils.zeroGrad((PtNDArray) array);
      }
    }
  }

  public int size() {
    return byName.size();
  }

  @Override
  public Iterator<Parameter> iterator() {
    return byName.values().iterator();
  }
}
