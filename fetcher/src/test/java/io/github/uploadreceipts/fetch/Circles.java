package io.github.uploadreceipts.fetch;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Finds circles of top-level classes that depend on each other: strongly connected components, by Tarjan's algorithm.
 */
final class Circles {

    private final Map<String, Set<String>> uses = new TreeMap<>();
    private final Map<String, Integer> numbers = new HashMap<>();
    private final Map<String, Integer> lowest = new HashMap<>();
    private final Deque<String> stack = new ArrayDeque<>();
    private final List<Set<String>> found = new ArrayList<>();

    private Circles(JavaClasses classes) {
        for (JavaClass type : classes) {
            uses.computeIfAbsent(topLevel(type), any -> new TreeSet<>());
        }
        for (JavaClass type : classes) {
            for (Dependency dependency : type.getDirectDependenciesFromSelf()) {
                String used = topLevel(dependency.getTargetClass().getBaseComponentType());
                if (uses.containsKey(used)) {
                    uses.get(topLevel(type)).add(used);
                }
            }
        }
    }

    private static String topLevel(JavaClass type) {
        return type.getName().replaceFirst("\\$.*", "");
    }

    /** Returns the circles of two or more classes, as full class names. */
    static List<Set<String>> in(JavaClasses classes) {
        Circles circles = new Circles(classes);
        circles.uses.keySet().forEach(circles::visitOnce);
        return circles.found;
    }

    private void visitOnce(String type) {
        if (!numbers.containsKey(type)) {
            visit(type);
        }
    }

    private void visit(String type) {
        numbers.put(type, numbers.size());
        lowest.put(type, numbers.get(type));
        stack.push(type);
        for (String used : uses.get(type)) {
            visitOnce(used);
            if (stack.contains(used)) {
                lowest.merge(type, lowest.get(used), Math::min);
            }
        }
        if (lowest.get(type).equals(numbers.get(type))) {
            take(type);
        }
    }

    /** Removes the component that begins with {@code first} from the stack. */
    private void take(String first) {
        Set<String> component = new TreeSet<>();
        String last;
        do {
            last = stack.pop();
            component.add(last);
        } while (!last.equals(first));
        if (component.size() > 1) {
            found.add(component);
        }
    }
}
