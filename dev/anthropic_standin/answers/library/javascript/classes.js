/** A last-in, first-out collection. */
class Stack {
  constructor() {
    this.items = [];
  }

  /** Put an item on top. */
  push(item) {
    this.items.push(item);
  }

  /** Take the top item off and return it. */
  pop() {
    if (this.items.length === 0) {
      throw new Error("pop from an empty stack");
    }
    return this.items.pop();
  }

  /** Return the top item without taking it off, null if there is none. */
  peek() {
    return this.items.at(-1) ?? null;
  }

  /** Tell whether there is no item. */
  isEmpty() {
    return this.items.length === 0;
  }
}

/** A first-in, first-out collection. */
class Queue {
  constructor() {
    this.items = [];
  }

  /** Put an item at the end. */
  enqueue(item) {
    this.items.push(item);
  }

  /** Take the first item off and return it. */
  dequeue() {
    if (this.items.length === 0) {
      throw new Error("dequeue from an empty queue");
    }
    return this.items.shift();
  }

  /** Return the number of items. */
  size() {
    return this.items.length;
  }
}

/** A singly linked list. */
class LinkedList {
  constructor() {
    this.head = null;
  }

  /** Put a value at the end. */
  append(value) {
    const node = { value, next: null };
    if (this.head === null) {
      this.head = node;
      return;
    }
    let last = this.head;
    while (last.next !== null) {
      last = last.next;
    }
    last.next = node;
  }

  /** Return all values in order. */
  toList() {
    const values = [];
    for (let node = this.head; node !== null; node = node.next) {
      values.push(node.value);
    }
    return values;
  }
}

/** A cache that forgets the entry that was not used for the longest time. */
class LruCache {
  constructor(capacity = 100) {
    this.capacity = capacity;
    this.entries = new Map();
  }

  /** Return the value of a key, or undefined if it is not there. */
  get(key) {
    if (!this.entries.has(key)) {
      return undefined;
    }
    const value = this.entries.get(key);
    this.entries.delete(key);
    this.entries.set(key, value);
    return value;
  }

  /** Store a value, dropping the oldest entry if the cache is full. */
  put(key, value) {
    this.entries.delete(key);
    this.entries.set(key, value);
    if (this.entries.size > this.capacity) {
      this.entries.delete(this.entries.keys().next().value);
    }
  }
}

/** A number that can be raised, lowered and reset. */
class Counter {
  constructor(start = 0) {
    this.start = start;
    this.value = start;
  }

  /** Raise the value by step and return it. */
  increment(step = 1) {
    this.value += step;
    return this.value;
  }

  /** Lower the value by step and return it. */
  decrement(step = 1) {
    this.value -= step;
    return this.value;
  }

  /** Go back to the first value. */
  reset() {
    this.value = this.start;
  }
}

/** An account that money can be put into and taken from. */
class BankAccount {
  constructor(owner = "", balance = 0) {
    this.owner = owner;
    this.balance = balance;
  }

  /** Add an amount and return the new balance. */
  deposit(amount) {
    if (!(amount > 0)) {
      throw new RangeError("The amount must be positive.");
    }
    this.balance += amount;
    return this.balance;
  }

  /** Take an amount off and return the new balance. */
  withdraw(amount) {
    if (!(amount > 0)) {
      throw new RangeError("The amount must be positive.");
    }
    if (amount > this.balance) {
      throw new RangeError("The balance is too low.");
    }
    this.balance -= amount;
    return this.balance;
  }
}

/** Measures the seconds between start and stop. */
class Stopwatch {
  constructor() {
    this.startedAt = null;
    this.elapsed = 0;
  }

  /** Begin to measure. */
  start() {
    this.startedAt = performance.now();
  }

  /** End the measurement and return the seconds in all. */
  stop() {
    if (this.startedAt !== null) {
      this.elapsed += (performance.now() - this.startedAt) / 1000;
      this.startedAt = null;
    }
    return this.elapsed;
  }
}

/** A cart that sums up what its products cost. */
class ShoppingCart {
  constructor() {
    this.items = new Map();
  }

  /** Put a number of a product into the cart. */
  add(name, price, quantity = 1) {
    this.items.set(name, { price, quantity });
  }

  /** Take a product out; nothing happens if it is not there. */
  remove(name) {
    this.items.delete(name);
  }

  /** Return what everything costs. */
  total() {
    return [...this.items.values()].reduce((sum, item) => sum + item.price * item.quantity, 0);
  }
}

/** A list of tasks that can be marked as done. */
class TodoList {
  constructor() {
    this.tasks = [];
  }

  /** Add an open task. */
  add(title) {
    this.tasks.push({ title, done: false });
  }

  /** Mark all tasks of that title as done. */
  complete(title) {
    for (const task of this.tasks) {
      if (task.title === title) {
        task.done = true;
      }
    }
  }

  /** Return the titles of the tasks that are not done. */
  openTasks() {
    return this.tasks.filter((task) => !task.done).map((task) => task.title);
  }
}

/** The four basic operations. */
class Calculator {
  /** Return the sum of a and b. */
  add(a, b) {
    return a + b;
  }

  /** Return a without b. */
  subtract(a, b) {
    return a - b;
  }

  /** Return the product of a and b. */
  multiply(a, b) {
    return a * b;
  }

  /** Return a divided by b. */
  divide(a, b) {
    if (b === 0) {
      throw new RangeError("Cannot divide by zero.");
    }
    return a / b;
  }
}
