package dev.lectern.cli;

/**
 * A command of {@code lectern} from a jar of its own, named in the jar's {@code META-INF/services}.
 * The benchmarks come this way, so that the images ship without them.
 */
public interface AddedCommand {}
