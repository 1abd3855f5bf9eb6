package dev.lectern.detector.network;

import dev.lectern.schemas.descriptor.TensorRole;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * What a network gives for a batch or an image: for each role a tensor per level, from the finest
 * to the coarsest. Immutable; roles that are not there have no levels.
 *
 * @param <T> what stands for a tensor: an array of DJL, (N, channels, H, W); the name of a value in
 *     a recorded graph; or the numbers of one image, (channels, H, W) row-major
 */
public final class Outputs<T> {
  private final Map<TensorRole, List<T>> levels;

  private Outputs(Map<TensorRole, List<T>> levels) {
    this.levels = levels;
  }

  /** Nothing. */
  public static <T> Outputs<T> none() {
    return new Outputs<>(new EnumMap<>(TensorRole.class));
  }

  /** These and one role more, or with other tensors than before; no tensors take a role away. */
  public Outputs<T> with(TensorRole role, List<T> tensors) {
    Map<TensorRole, List<T>> more = new EnumMap<>(TensorRole.class);
    more.putAll(levels);
    if (tensors.isEmpty()) {
      more.remove(role);
    } else {
      more.put(role, List.copyOf(tensors));
    }
    return new Outputs<>(more);
  }

  /** Those of these roles that are there. */
  public Outputs<T> only(Set<TensorRole> roles) {
    Map<TensorRole, List<T>> fewer = new EnumMap<>(TensorRole.class);
    fewer.putAll(levels);
    fewer.keySet().retainAll(roles);
    return new Outputs<>(fewer);
  }

  /** The roles that are there. */
  public Set<TensorRole> roles() {
    return Collections.unmodifiableSet(levels.keySet());
  }

  /** Whether a role is there. */
  public boolean has(TensorRole role) {
    return levels.containsKey(role);
  }

  /** The tensors of a role, one per level that has one; empty if the role is not there. */
  public List<T> get(TensorRole role) {
    return levels.getOrDefault(role, List.of());
  }

  /**
   * The tensor of a role on a level.
   *
   * @throws IllegalArgumentException if there is none
   */
  public T get(TensorRole role, int level) {
    List<T> tensors = get(role);
    if (level < 0 || level >= tensors.size()) {
      throw new IllegalArgumentException("outputs: found " + this + ", expected " + role.at(level));
    }
    return tensors.get(level);
  }

  /** Every tensor turned into something else. */
  public <U> Outputs<U> map(Function<T, U> change) {
    Map<TensorRole, List<U>> changed = new EnumMap<>(TensorRole.class);
    levels.forEach((role, tensors) -> changed.put(role, tensors.stream().map(change).toList()));
    return new Outputs<>(changed);
  }

  /**
   * All tensors, role by role in the order of {@link TensorRole}, each from its finest level on.
   */
  public List<T> all() {
    List<T> all = new ArrayList<>();
    levels.values().forEach(all::addAll);
    return all;
  }

  /** Names and numbers of levels, for messages. */
  @Override
  public String toString() {
    List<String> roles = new ArrayList<>();
    levels.forEach((role, tensors) -> roles.add(role.prefix() + " x " + tensors.size()));
    return roles.isEmpty() ? "nothing" : String.join(", ", roles);
  }
}
