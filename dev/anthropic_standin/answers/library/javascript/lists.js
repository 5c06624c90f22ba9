/** Return the items of nested arrays as one flat array. */
function flatten(items) {
  return items.flat(Infinity);
}

/** Return the items cut into arrays of the given size. */
function chunkList(items, size) {
  const chunks = [];
  for (let start = 0; start < items.length; start += size) {
    chunks.push(items.slice(start, start + size));
  }
  return chunks;
}

/** Return one array with the items of both arrays in turn order. */
function mergeLists(first, second) {
  return [...first, ...second];
}

/** Return the second largest different number of an array, null if there is none. */
function secondLargest(numbers) {
  const distinct = [...new Set(numbers)].sort((a, b) => b - a);
  return distinct.length > 1 ? distinct[1] : null;
}

/** Return the items that occur in both arrays, in the order of the first. */
function commonItems(first, second) {
  const wanted = new Set(second);
  return first.filter((item) => wanted.has(item));
}

/** Return the items that occur more than once, each one time. */
function findDuplicates(items) {
  return [...new Set(items.filter((item, index) => items.indexOf(item) !== index))];
}

/** Return the records grouped by the value that they hold under key. */
function groupBy(items, key) {
  const groups = {};
  for (const item of items) {
    groups[item[key]] = [...(groups[item[key]] ?? []), item];
  }
  return groups;
}

/** Return the middle value of an array of numbers, 0 for an empty array. */
function median(numbers) {
  const ordered = [...numbers].sort((a, b) => a - b);
  const middle = Math.floor(ordered.length / 2);
  if (ordered.length === 0) {
    return 0;
  }
  return ordered.length % 2 ? ordered[middle] : (ordered[middle - 1] + ordered[middle]) / 2;
}

/** Return the index of target in a sorted array, -1 if it is not there. */
function binarySearch(items, target) {
  let low = 0;
  let high = items.length - 1;
  while (low <= high) {
    const middle = Math.floor((low + high) / 2);
    if (items[middle] === target) {
      return middle;
    }
    if (items[middle] < target) {
      low = middle + 1;
    } else {
      high = middle - 1;
    }
  }
  return -1;
}

/** Return the index of the first item that equals target, -1 if there is none. */
function linearSearch(items, target) {
  return items.findIndex((item) => item === target);
}

/** Return the items in ascending order, sorted by swapping neighbours. */
function bubbleSort(items) {
  const result = [...items];
  for (let end = result.length - 1; end > 0; end -= 1) {
    for (let index = 0; index < end; index += 1) {
      if (result[index] > result[index + 1]) {
        [result[index], result[index + 1]] = [result[index + 1], result[index]];
      }
    }
  }
  return result;
}

/** Return the items in ascending order, sorted around a pivot. */
function quickSort(items) {
  if (items.length <= 1) {
    return [...items];
  }
  const [pivot, ...rest] = items;
  const smaller = rest.filter((item) => item < pivot);
  const larger = rest.filter((item) => item >= pivot);
  return [...quickSort(smaller), pivot, ...quickSort(larger)];
}

/** Return the items in ascending order, sorted by merging halves. */
function mergeSort(items) {
  if (items.length <= 1) {
    return [...items];
  }
  const middle = Math.floor(items.length / 2);
  const left = mergeSort(items.slice(0, middle));
  const right = mergeSort(items.slice(middle));
  const merged = [];
  while (left.length > 0 && right.length > 0) {
    merged.push(left[0] <= right[0] ? left.shift() : right.shift());
  }
  return [...merged, ...left, ...right];
}

/** Return the items in ascending order, each inserted at its place. */
function insertionSort(items) {
  const result = [];
  for (const item of items) {
    let place = result.length;
    while (place > 0 && result[place - 1] > item) {
      place -= 1;
    }
    result.splice(place, 0, item);
  }
  return result;
}

/** Return the nodes of a graph reachable from start, nearest first. */
function breadthFirstSearch(graph, start) {
  const seen = new Set([start]);
  const order = [];
  const queue = [start];
  while (queue.length > 0) {
    const node = queue.shift();
    order.push(node);
    for (const neighbour of graph[node] ?? []) {
      if (!seen.has(neighbour)) {
        seen.add(neighbour);
        queue.push(neighbour);
      }
    }
  }
  return order;
}
